import type { Activity, CloudGroup } from './types.ts';

/** The part of an activity that its kind decides. */
type Kind = Pick<Activity, 'description' | 'cause' | 'status' | 'progress' | 'zone'> & {
  readonly message?: string;
};

/** Ids and times of the group's rows. */
interface Origin {
  readonly group: CloudGroup;
  readonly id: string;
  readonly nowMs: number;
}

function activity({ group, id, nowMs }: Origin, kind: Kind): Activity {
  const isOver = kind.status === 'Failed' || kind.status === 'Successful';
  return {
    id,
    region: group.region,
    group: group.name,
    startMs: nowMs,
    endMs: isOver ? nowMs : 0,
    message: '',
    ...kind,
  };
}

function moment(ms: number): string {
  return `${new Date(ms).toISOString().slice(0, 19)}Z`;
}

function launchCause({ group, nowMs }: Origin): string {
  const living = group.members.filter(({ lifecycle }) => lifecycle === 'InService').length;
  return `At ${moment(nowMs)} an instance was started in response to a difference between desired and actual capacity, increasing the capacity from ${living} to ${living + 1}.`;
}

/** An instance has been ordered and is there. */
export function launchActivity(origin: Origin, instance: { id: string; zone: string }): Activity {
  return activity(origin, {
    description: `Launching a new EC2 instance: ${instance.id}`,
    cause: launchCause(origin),
    status: 'PreInService',
    progress: 30,
    zone: instance.zone,
  });
}

/** An instance could not be had. */
export function failedLaunchActivity(origin: Origin, why: { text: string; zone: string }): Activity {
  return activity(origin, {
    description: `Launching a new EC2 instance.  Status Reason: ${why.text}`,
    cause: launchCause(origin),
    status: 'Failed',
    progress: 100,
    message: why.text,
    zone: why.zone,
  });
}

/** The group ends an instance. */
export function terminationActivity(
  origin: Origin,
  instance: { id: string; zone: string; why: string },
): Activity {
  return activity(origin, {
    description: `Terminating EC2 instance: ${instance.id}`,
    cause: `At ${moment(origin.nowMs)} ${instance.why}`,
    status: 'InProgress',
    progress: 50,
    zone: instance.zone,
  });
}

/** The group cannot shrink: every member is protected. */
export function protectedActivity(origin: Origin): Activity {
  const text =
    'Could not scale to desired capacity because all remaining instances are protected from scale in.';
  return activity(origin, {
    description: text,
    cause: `At ${moment(origin.nowMs)} an instance was to be taken out of service in response to a difference between desired and actual capacity.`,
    status: 'Failed',
    progress: 100,
    message: text,
    zone: '',
  });
}

/** An instance leaves the group and goes on running. */
export function detachActivity(origin: Origin, instance: { id: string; zone: string }): Activity {
  return activity(origin, {
    description: `Detaching EC2 instance: ${instance.id}`,
    cause: `At ${moment(origin.nowMs)} instance ${instance.id} was detached in response to a user request.`,
    status: 'InProgress',
    progress: 50,
    zone: instance.zone,
  });
}

/** The activity has done what it was for. */
export function finished(row: Activity, nowMs: number): Activity {
  return { ...row, status: 'Successful', progress: 100, endMs: nowMs };
}
