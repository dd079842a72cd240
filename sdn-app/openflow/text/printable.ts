/** Text from a peer without the characters that would move the cursor or colour the terminal. */
export function printable(text: string): string {
  return text.replaceAll(/[\u0000-\u001f\u007f-\u009f]/g, '.');
}
