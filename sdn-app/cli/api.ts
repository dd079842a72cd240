/** The controller's REST interface as the command line uses it; every answer is checked. */
import { z } from 'zod';
import { alarmResource, type AlarmPatch, type AlarmResource } from '../contract/alarm.js';
import { FerryError, isErrorCode } from '../contract/errors.js';
import {
  networkHost,
  networkLink,
  networkPath,
  networkSwitch,
  type NetworkHost,
  type NetworkLink,
  type NetworkPath,
  type NetworkSwitch,
} from '../contract/network.js';
import {
  availabilityResource,
  recoveryReport,
  recoveryResource,
  type AvailabilityResource,
  type HealInput,
  type RecoveryReport,
  type RecoveryResource,
} from '../contract/recovery.js';
import { reportSchema, type Report } from '../contract/report.js';
import {
  checkpointResource,
  healthResource,
  hostResource,
  migrationResource,
  scaleResource,
  problemDetails,
  restoreResource,
  strategyResource,
  switchResource,
  vnfResource,
  type CheckpointResource,
  type HealthResource,
  type HostResource,
  type MigrationRequest,
  type MigrationResource,
  type ScaleRequest,
  type ScaleResource,
  type RestoreRequest,
  type RestoreResource,
  type StrategyResource,
  type SwitchResource,
  type TrafficSubmission,
  type VnfResource,
} from '../contract/rest.js';

export const DEFAULT_URL = 'http://127.0.0.1:8181';
/** The controller answers from memory; longer means that it is gone or stuck. */
const TIMEOUT_MS = 15_000;
const CHECKPOINT_TIMEOUT_MS = 240_000;

interface Call {
  method?: 'GET' | 'POST' | 'PUT' | 'PATCH';
  body?: unknown;
  timeoutMs?: number;
}

export class FerryApi {
  readonly url: string;

  /** @throws FerryError CONFIG_INVALID for what is no http URL. */
  constructor(url: string) {
    if (!URL.canParse(url) || !/^https?:$/.test(new URL(url).protocol)) {
      throw new FerryError('CONFIG_INVALID', `${url} is not an http URL`, '--url');
    }
    this.url = new URL(url).href.replace(/\/$/, '');
  }

  health(): Promise<HealthResource> {
    return this.#call('/v1/health', healthResource);
  }

  switches(): Promise<SwitchResource[]> {
    return this.#call('/v1/switches', z.array(switchResource));
  }

  hosts(): Promise<HostResource[]> {
    return this.#call('/v1/hosts', z.array(hostResource));
  }

  networkSwitches(): Promise<NetworkSwitch[]> {
    return this.#call('/v1/network/switches', z.array(networkSwitch));
  }

  networkLinks(): Promise<NetworkLink[]> {
    return this.#call('/v1/network/links', z.array(networkLink));
  }

  networkHosts(): Promise<NetworkHost[]> {
    return this.#call('/v1/network/hosts', z.array(networkHost));
  }

  networkPath(from: string, to: string): Promise<NetworkPath> {
    const query = new URLSearchParams({ from, to });
    return this.#call(`/v1/network/path?${query.toString()}`, networkPath);
  }

  vnfs(): Promise<VnfResource[]> {
    return this.#call('/v1/vnfs', z.array(vnfResource));
  }

  vnf(name: string): Promise<VnfResource> {
    return this.#call(`/v1/vnfs/${encodeURIComponent(name)}`, vnfResource);
  }

  /** Looking for criu the first time, the dump, and the copy to another host. */
  checkpoint(vnf: string): Promise<CheckpointResource> {
    const path = `/v1/vnfs/${encodeURIComponent(vnf)}/checkpoints`;
    return this.#call(path, checkpointResource, {
      method: 'POST',
      timeoutMs: CHECKPOINT_TIMEOUT_MS,
    });
  }

  checkpoints(vnf: string): Promise<CheckpointResource[]> {
    return this.#call(
      `/v1/vnfs/${encodeURIComponent(vnf)}/checkpoints`,
      z.array(checkpointResource),
    );
  }

  restore(vnf: string, request: RestoreRequest): Promise<RestoreResource> {
    const path = `/v1/vnfs/${encodeURIComponent(vnf)}/restore`;
    const call = { method: 'POST' as const, body: request, timeoutMs: CHECKPOINT_TIMEOUT_MS };
    return this.#call(path, restoreResource, call);
  }

  scale(vnf: string, request: ScaleRequest): Promise<ScaleResource> {
    const path = `/v1/vnfs/${encodeURIComponent(vnf)}/scale`;
    return this.#call(path, scaleResource, { method: 'POST', body: request });
  }

  scaling(vnf: string): Promise<ScaleResource> {
    return this.#call(`/v1/vnfs/${encodeURIComponent(vnf)}/scale`, scaleResource);
  }

  migrate(request: MigrationRequest): Promise<MigrationResource> {
    return this.#call('/v1/migrations', migrationResource, { method: 'POST', body: request });
  }

  strategies(): Promise<StrategyResource[]> {
    return this.#call('/v1/strategies', z.array(strategyResource));
  }

  migrations(): Promise<MigrationResource[]> {
    return this.#call('/v1/migrations', z.array(migrationResource));
  }

  migration(id: string): Promise<MigrationResource> {
    return this.#call(`/v1/migrations/${encodeURIComponent(id)}`, migrationResource);
  }

  report(id: string): Promise<Report> {
    return this.#call(`/v1/migrations/${encodeURIComponent(id)}/report`, reportSchema);
  }

  async submitTraffic(id: string, submission: TrafficSubmission): Promise<void> {
    const path = `/v1/migrations/${encodeURIComponent(id)}/traffic`;
    await this.#call(path, z.unknown(), { method: 'PUT', body: submission });
  }

  recoveries(): Promise<RecoveryResource[]> {
    return this.#call('/v1/recoveries', z.array(recoveryResource));
  }

  recovery(id: string): Promise<RecoveryResource> {
    return this.#call(`/v1/recoveries/${encodeURIComponent(id)}`, recoveryResource);
  }

  recoveryReport(id: string): Promise<RecoveryReport> {
    return this.#call(`/v1/recoveries/${encodeURIComponent(id)}/report`, recoveryReport);
  }

  async submitRecoveryTraffic(id: string, submission: TrafficSubmission): Promise<void> {
    const path = `/v1/recoveries/${encodeURIComponent(id)}/traffic`;
    await this.#call(path, z.unknown(), { method: 'PUT', body: submission });
  }

  heal(vnf: string, request: HealInput): Promise<RecoveryResource> {
    const path = `/v1/vnfs/${encodeURIComponent(vnf)}/heal`;
    return this.#call(path, recoveryResource, { method: 'POST', body: request });
  }

  availability(): Promise<AvailabilityResource[]> {
    return this.#call('/v1/availability', z.array(availabilityResource));
  }

  alarms(): Promise<AlarmResource[]> {
    return this.#call('/v1/alarms', z.array(alarmResource));
  }

  acknowledge(id: string, patch: AlarmPatch): Promise<AlarmResource> {
    const path = `/v1/alarms/${encodeURIComponent(id)}`;
    return this.#call(path, alarmResource, { method: 'PATCH', body: patch });
  }

  async #call<T>(path: string, schema: z.ZodType<T>, call: Call = {}): Promise<T> {
    let response: Response;
    let text: string;
    try {
      response = await fetch(`${this.url}${path}`, {
        method: call.method ?? 'GET',
        signal: AbortSignal.timeout(call.timeoutMs ?? TIMEOUT_MS),
        ...(call.body === undefined
          ? {}
          : {
              body: JSON.stringify(call.body),
              headers: { 'content-type': 'application/json' },
            }),
      });
      text = await response.text();
    } catch (error) {
      throw new FerryError('CONTROLLER_UNREACHABLE', `${this.url}: ${causeOf(error)}`, '--url');
    }
    const value = parse(text);
    if (!response.ok) throw problemOf(value, response.status, path);
    const result = schema.safeParse(value);
    if (!result.success) {
      throw new FerryError('INTERNAL', `${path} answered what its schema does not allow`);
    }
    return result.data;
  }
}

function parse(text: string): unknown {
  if (text === '') return undefined;
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

function problemOf(value: unknown, status: number, path: string): FerryError {
  const problem = problemDetails.safeParse(value);
  if (problem.success && isErrorCode(problem.data.code)) {
    return new FerryError(problem.data.code, problem.data.detail, problem.data.field);
  }
  return new FerryError('CONTROLLER_UNREACHABLE', `${path} answered ${status}: not a controller?`);
}

function causeOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  return error.cause instanceof Error ? error.cause.message : error.message;
}
