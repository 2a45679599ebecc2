package atoll.image;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.List;
import java.util.UUID;
import java.util.zip.CRC32;

/**
 * A GUID partition table of a disk with sectors of 512 bytes (UEFI §5): a protective MBR, the table
 * at the beginning, and its copy at the end.
 *
 * @param id of the disk
 * @param sectors of the disk
 */
record PartitionTable(UUID id, long sectors, List<Partition> partitions) {
  static final int SECTOR = 512;

  /** The first sector that partitions begin at multiples of: 1 MiB. */
  static final long ALIGNMENT = 2048;

  private static final int ENTRIES = 128;
  private static final int ENTRY = 128;
  private static final int HEADER = 92;
  private static final int REVISION = 0x0001_0000;
  private static final long TABLE_SECTORS = (long) ENTRIES * ENTRY / SECTOR;

  /** The first sector behind MBR, header and entries. */
  private static final long FIRST_USABLE = 2 + TABLE_SECTORS;

  private static final int NAME_AT = 56;
  private static final int HEADER_CRC_AT = 16;

  /**
   * One partition.
   *
   * @param name at most 36 characters
   * @param type what is on it
   * @param first sector
   * @param last sector, which belongs to it
   */
  record Partition(String name, UUID type, UUID id, long first, long last) {}

  PartitionTable {
    partitions = List.copyOf(partitions);
    for (Partition partition : partitions) {
      if (partition.first < FIRST_USABLE
          || partition.last < partition.first
          || partition.last > lastUsable(sectors)) {
        throw new IllegalArgumentException(
            "%s is not on a disk of %d sectors".formatted(partition, sectors));
      }
    }
  }

  /** The last sector that a partition can have. */
  static long lastUsable(long sectors) {
    return sectors - TABLE_SECTORS - 2;
  }

  /** Writes it to a disk whose other sectors stay as they are. */
  void write(Path disk) throws IOException {
    byte[] entries = entries();
    long last = sectors - 1;
    try (FileChannel file = FileChannel.open(disk, StandardOpenOption.WRITE)) {
      put(file, 0, protectiveMbr());
      put(file, 1, header(1, last, 2, entries));
      put(file, 2, entries);
      put(file, last - TABLE_SECTORS, entries);
      put(file, last, header(last, 1, last - TABLE_SECTORS, entries));
    }
  }

  private static void put(FileChannel file, long sector, byte[] bytes) throws IOException {
    ByteBuffer from = ByteBuffer.wrap(bytes);
    for (long at = sector * SECTOR; from.hasRemaining(); ) {
      at += file.write(from, at);
    }
  }

  /** One partition over all, of a type that old tools leave alone (§5.2.3). */
  private byte[] protectiveMbr() {
    ByteBuffer mbr = ByteBuffer.allocate(SECTOR).order(ByteOrder.LITTLE_ENDIAN);
    mbr.position(446).put((byte) 0).put(new byte[] {0, 2, 0}).put((byte) 0xee);
    mbr.put(new byte[] {(byte) 0xff, (byte) 0xff, (byte) 0xff});
    mbr.putInt(1).putInt((int) Math.min(sectors - 1, 0xffff_ffffL));
    return mbr.putShort(510, (short) 0xaa55).array();
  }

  /** §5.3.2. */
  private byte[] header(long here, long other, long table, byte[] entries) {
    ByteBuffer header = ByteBuffer.allocate(SECTOR).order(ByteOrder.LITTLE_ENDIAN);
    header.put("EFI PART".getBytes(StandardCharsets.US_ASCII)).putInt(REVISION).putInt(HEADER);
    header.putInt(0).putInt(0).putLong(here).putLong(other);
    header.putLong(FIRST_USABLE).putLong(lastUsable(sectors));
    put(header, id);
    header.putLong(table).putInt(ENTRIES).putInt(ENTRY).putInt(crc(entries, entries.length));
    return header.putInt(HEADER_CRC_AT, crc(header.array(), HEADER)).array();
  }

  /** §5.3.3. */
  private byte[] entries() {
    ByteBuffer table = ByteBuffer.allocate(ENTRIES * ENTRY).order(ByteOrder.LITTLE_ENDIAN);
    for (int n = 0; n < partitions.size(); n++) {
      Partition partition = partitions.get(n);
      table.position(n * ENTRY);
      put(table, partition.type);
      put(table, partition.id);
      table.putLong(partition.first).putLong(partition.last);
      table.put(n * ENTRY + NAME_AT, partition.name.getBytes(StandardCharsets.UTF_16LE));
    }
    return table.array();
  }

  /** The first three fields of a GUID are little-endian (appendix A). */
  private static void put(ByteBuffer to, UUID id) {
    long high = id.getMostSignificantBits();
    to.putInt((int) (high >>> 32)).putShort((short) (high >>> 16)).putShort((short) high);
    to.putLong(Long.reverseBytes(id.getLeastSignificantBits()));
  }

  private static int crc(byte[] bytes, int length) {
    CRC32 crc = new CRC32();
    crc.update(bytes, 0, length);
    return (int) crc.getValue();
  }
}
