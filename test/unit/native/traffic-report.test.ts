// Combining the accounts of both ends.
import t from 'tap';
import { combine, percentile } from '../../../native/traffic-report.js';
import { trafficOptions, type EndpointReport } from '../../../native/traffic-schema.js';

const options = trafficOptions.parse({
  role: 'client',
  interface: 'eth0',
  runId: 1,
  serverAddress: '203.0.113.9',
  clientAddress: '10.0.1.1',
  nextHop: '10.0.0.1',
  durationMs: 1_000,
  flows: 3,
  ratePps: 500,
});

function report(changes: Partial<EndpointReport>): EndpointReport {
  return {
    phase: 'finished',
    sent: 0,
    skipped: 0,
    refused: 0,
    received: 0,
    missing: 0,
    duplicated: 0,
    reordered: 0,
    corrupted: 0,
    foreign: 0,
    translationsChanged: 0,
    over15Ms: 0,
    longestGapUs: 0,
    firstArrivalUs: 0,
    lastArrivalUs: 0,
    p50Us: 0,
    p99Us: 0,
    maxUs: 0,
    maxSchedulingStallUs: 0,
    prefillSent: 0,
    prefillReceived: 0,
    firstSentUs: 0,
    lastSentUs: 0,
    sentOfFlow: [0, 0, 0],
    receivedOfFlow: [0, 0, 0],
    latency: [],
    rxKernelDrops: 0,
    rxTruncated: 0,
    txErrors: 0,
    linkDown: 0,
    ...changes,
  };
}

const client = report({
  sent: 300,
  received: 180,
  sentOfFlow: [100, 100, 100],
  receivedOfFlow: [100, 80, 0],
  reordered: 2,
  skipped: 5,
  over15Ms: 50,
  longestGapUs: 4_000,
  firstSentUs: 1_000_000,
  lastSentUs: 1_900_000,
  firstArrivalUs: 1_002_000,
  lastArrivalUs: 1_850_000,
  latency: [
    [100, 100],
    [20_000, 80],
  ],
  maxUs: 19_950,
  maxSchedulingStallUs: 3_000,
});
const server = report({
  sent: 200,
  received: 299,
  sentOfFlow: [100, 100, 0],
  receivedOfFlow: [100, 99, 100],
  duplicated: 7,
  corrupted: 1,
  translationsChanged: 1,
  refused: 2,
  longestGapUs: 3_000,
  firstSentUs: 1_001_000,
  lastSentUs: 1_901_000,
  firstArrivalUs: 1_001_000,
  lastArrivalUs: 1_899_500,
  latency: [[100, 299]],
  maxUs: 101,
  maxSchedulingStallUs: 9_000,
  rxKernelDrops: 1,
});

t.test('both directions are added up, and loss is found flow by flow', (t) => {
  const whole = combine({ options, report: client }, { options, report: server });
  t.match(whole, {
    offered: 500,
    delivered: 479,
    lost: 21,
    duplicated: 7,
    reordered: 2,
    corrupted: 1,
    translationsChanged: 1,
    packetBytes: 512,
    ratePps: 500,
    flows: 3,
    durationMs: 900,
    maxSchedulingStallMs: 9,
    notOffered: 7,
    endpointDrops: 1,
  });
  t.end();
});

t.test('latencies of both directions are merged', (t) => {
  const { latency } = combine({ options, report: client }, { options, report: server });
  t.equal(latency.p50Us, 100);
  t.equal(latency.p99Us, 19_950, 'the middle of a bucket is never above the exact maximum');
  t.equal(latency.maxUs, 19_950);
  t.equal(latency.secondsOver15Ms, 0.1);
  t.end();
});

t.test('silence at the beginning and at the end of a direction is a gap', (t) => {
  const gap = (changes: Partial<EndpointReport>) =>
    combine({ options, report: { ...client, ...changes } }, { options, report: server }).latency
      .longestGapMs;
  t.equal(gap({}), 51, 'the server sent until 1901 ms, the client last heard at 1850 ms');
  t.equal(gap({ lastArrivalUs: 1_901_500 }), 4, 'then the longest one in between');
  t.equal(gap({ firstArrivalUs: 1_400_000 }), 399);
  t.equal(gap({ received: 0 }), 900, 'nothing at all came: all the time of sending');
  t.end();
});

t.test('what was not measured is null', (t) => {
  const nothing = combine({ options, report: report({}) }, { options, report: report({}) });
  t.same(nothing.latency, {
    p50Us: null,
    p99Us: null,
    p999Us: null,
    maxUs: null,
    longestGapMs: null,
    secondsOver15Ms: 0,
  });
  const flat = { ...options, flatOut: true };
  t.equal(
    combine({ options: flat, report: client }, { options: flat, report: server }).ratePps,
    null,
  );
  t.end();
});

t.test('percentiles are by nearest rank', (t) => {
  const buckets = [
    [1, 1],
    [2, 98],
    [3, 1],
  ] as const;
  t.equal(percentile(buckets, 0), 1);
  t.equal(percentile(buckets, 0.01), 1);
  t.equal(percentile(buckets, 0.011), 2);
  t.equal(percentile(buckets, 0.99), 2);
  t.equal(percentile(buckets, 0.991), 3);
  t.equal(percentile([], 0.5), null);
  t.end();
});
