import { readFileSync } from 'node:fs';
import t from 'tap';
import { tables } from './doc-tables.js';

const doc = readFileSync(new URL('../../../../docs/openflow.md', import.meta.url), 'utf8');

t.test('docs/openflow.md has the tables that the declarations make', (t) => {
  for (const [heading, table] of Object.entries(tables)) {
    const section = doc.split(/^#{2,3} /m).find((part) => part.startsWith(`${heading}\n`)) ?? '';
    const found = section.split('\n').filter((line) => line.startsWith('|'));
    t.equal(found.join('\n'), table, heading);
  }
  t.end();
});
