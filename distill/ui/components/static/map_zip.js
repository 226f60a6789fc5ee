// Packs files into a ZIP archive without compressing them (audio hardly compresses again).
// Format: PKWARE APPNOTE 6.3.10, sections 4.3.7, 4.3.12 and 4.3.16; names in UTF-8.

const UTF8_NAMES = 0x0800;
const DOS_1980 = 0x0021; // the format's earliest date: an archive of the same sounds stays the same

/**
 * Pack files.
 * @param {{name: string, bytes: Uint8Array}[]} files
 * @returns {Blob}
 */
export function zip(files) {
  const parts = [];
  const directory = [];
  let offset = 0;
  for (const { name, bytes } of files) {
    const entry = { name: new TextEncoder().encode(name), size: bytes.length, crc: crc32(bytes) };
    const head = record(0x04034b50, entry);
    directory.push(record(0x02014b50, entry, offset));
    parts.push(head, bytes);
    offset += head.length + bytes.length;
  }
  const size = directory.reduce((sum, { length }) => sum + length, 0);
  return new Blob([...parts, ...directory, ending(files.length, size, offset)], {
    type: "application/zip",
  });
}

/** One file's header: in front of its bytes, or (with their offset) in the central directory. */
function record(signature, { name, size, crc }, offset = null) {
  const central = offset !== null;
  const fields = [
    ...u32(signature),
    ...(central ? u16(20) : []),
    ...[20, UTF8_NAMES, 0, 0, DOS_1980].flatMap(u16),
    ...[crc, size, size].flatMap(u32),
    ...[name.length, 0].flatMap(u16),
    ...(central ? [...[0, 0, 0].flatMap(u16), ...u32(0), ...u32(offset)] : []),
  ];
  return Uint8Array.from([...fields, ...name]);
}

function ending(count, size, offset) {
  const counts = [0, 0, count, count].flatMap(u16);
  return Uint8Array.from([...u32(0x06054b50), ...counts, ...u32(size), ...u32(offset), ...u16(0)]);
}

const u16 = (value) => [value & 255, (value >>> 8) & 255];
const u32 = (value) => [...u16(value & 65535), ...u16(value >>> 16)];

function crc32(bytes) {
  let crc = ~0;
  for (const byte of bytes) {
    crc ^= byte;
    for (let bit = 0; bit < 8; bit++) crc = (crc >>> 1) ^ (0xedb88320 & -(crc & 1));
  }
  return ~crc >>> 0;
}
