// Every error code is documented as the table has it, and nothing else is.
import { readFile } from 'node:fs/promises';
import t from 'tap';
import {
  ERROR_TABLE,
  FerryError,
  isErrorCode,
  toFerryError,
} from '../../../sdn-app/contract/errors.js';

t.test('docs/errors.md is the table', async (t) => {
  const file = new URL('../../../../docs/errors.md', import.meta.url);
  const rows = (await readFile(file, 'utf8'))
    .split('\n')
    .flatMap(
      (line) => /^\| ([A-Z_]+) \| (\d+) \| (.*) \|$/.exec(line)?.slice(1, 4).join(' ') ?? [],
    );
  const table = Object.entries(ERROR_TABLE).map(
    ([code, [status, advice]]) => `${code} ${status} ${advice}`,
  );
  t.same(rows, table);
});

t.test('an error knows its status and advice, and any other thrown value is INTERNAL', (t) => {
  const error = new FerryError('VNF_UNKNOWN', 'no VNF nat9', 'vnf');
  t.equal(error.status, 404);
  t.match(error.advice, /ferry vnf list/);
  t.same(error.toProblem(), { code: 'VNF_UNKNOWN', message: 'no VNF nat9', field: 'vnf' });
  t.equal(toFerryError(error), error);
  t.match(toFerryError(new Error('oops')), { code: 'INTERNAL', message: 'oops' });
  t.match(toFerryError('oops'), { code: 'INTERNAL', message: 'oops' });
  t.notOk(isErrorCode('constructor'));
  t.end();
});
