package atoll.image;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.security.MessageDigest;
import java.util.Arrays;
import java.util.HexFormat;

/**
 * The hash tree behind a disk's data, by which Linux' dm-verity checks each block that is read:
 * format 1, SHA-256, blocks of 4 KiB (Documentation/admin-guide/device-mapper/verity.rst). Before
 * it is the header that {@code veritysetup} looks for, so that this tool can check the disk too.
 *
 * @param data bytes that the tree is of; it begins behind them
 * @param salt that goes before each block that is digested
 * @param root the digest of the topmost block: whoever knows it knows all data
 */
public record HashTree(long data, String salt, String root) {
  /** Bytes; of data and of the tree. */
  static final int BLOCK = 4096;

  /** What a disk's data and the tree are one behind the other on. */
  private static final String DISK = "/dev/vda";

  private static final int DIGEST = 32;
  private static final int PER_BLOCK = BLOCK / DIGEST;
  private static final int SECTOR = 512;
  private static final int VERSION = 1;

  /** Blocks of data that are read at a time. */
  private static final int PIECE = 256;

  /** The header's fields, by their offsets: {@code struct verity_sb} of cryptsetup. */
  private static final int UUID = 16;

  private static final int ALGORITHM = 32;
  private static final int DATA_BLOCK = 64;
  private static final int SALT = 88;

  /**
   * Writes the tree behind a disk's data; the disk is on stable storage afterwards.
   *
   * @param salt whatever; the same gives the same tree
   * @param progress told of bytes of data
   */
  public static HashTree append(Path disk, byte[] salt, Progress progress) throws IOException {
    try (FileChannel file =
        FileChannel.open(disk, StandardOpenOption.READ, StandardOpenOption.WRITE)) {
      long data = file.size();
      if (data == 0 || data % BLOCK != 0 || salt.length > DIGEST) {
        throw new IllegalArgumentException("no whole blocks, or too long a salt");
      }
      write(file, header(data / BLOCK, salt), data);
      Writer writer = new Writer(file, salt, progress);
      byte[] root = writer.write(data, data + BLOCK);
      file.force(true);
      HexFormat hex = HexFormat.of();
      return new HashTree(data, hex.formatHex(salt), hex.formatHex(root));
    }
  }

  private static ByteBuffer header(long blocks, byte[] salt) {
    ByteBuffer header = ByteBuffer.allocate(BLOCK).order(ByteOrder.LITTLE_ENDIAN);
    header.put("verity\0\0".getBytes(StandardCharsets.US_ASCII));
    header.putInt(VERSION).putInt(1); // the salt goes first
    header.position(UUID).put(salt, 0, Math.min(salt.length, ALGORITHM - UUID));
    header.position(ALGORITHM).put("sha256".getBytes(StandardCharsets.US_ASCII));
    header.position(DATA_BLOCK).putInt(BLOCK).putInt(BLOCK).putLong(blocks);
    header.putShort((short) salt.length).position(SALT).put(salt);
    return header.rewind();
  }

  private static void write(FileChannel file, ByteBuffer block, long at) throws IOException {
    long next = at;
    while (block.hasRemaining()) {
      next += file.write(block, next);
    }
  }

  /** How many blocks each level has, the one right above the data first, the topmost last. */
  private static long[] levels(long blocks) {
    long[] levels = new long[Long.SIZE];
    int n = 0;
    for (long left = blocks; left > 1; n++) {
      left = Math.ceilDiv(left, PER_BLOCK);
      levels[n] = left;
    }
    return Arrays.copyOf(levels, n);
  }

  /** Makes one tree. */
  private static final class Writer {
    private final FileChannel file;
    private final byte[] salt;
    private final Progress progress;
    private final MessageDigest digest = Digest.sha256();
    private final ByteBuffer zeroes = ByteBuffer.allocateDirect(BLOCK);

    /** What most blocks of a new disk have. */
    private final byte[] ofZeroes;

    Writer(FileChannel file, byte[] salt, Progress progress) {
      this.file = file;
      this.salt = salt;
      this.progress = progress;
      ofZeroes = digested(zeroes.duplicate());
    }

    private byte[] digested(ByteBuffer block) {
      digest.update(salt);
      digest.update(block);
      return digest.digest();
    }

    /** The topmost level comes first, so places are known before any level is made. */
    byte[] write(long data, long start) throws IOException {
      long[] levels = levels(data / BLOCK);
      long place = start;
      long[] places = new long[levels.length];
      for (int n = levels.length - 1; n >= 0; n--) {
        places[n] = place;
        place += levels[n] * BLOCK;
      }
      byte[] last = level(0, data / BLOCK, levels.length == 0 ? -1 : places[0]);
      for (int n = 0; n < levels.length; n++) {
        last = level(places[n], levels[n], n + 1 < levels.length ? places[n + 1] : -1);
      }
      return last;
    }

    /**
     * Digests each block of one level into the next one.
     *
     * @param to where that is, or -1 if there is none above
     * @return the last digest
     */
    private byte[] level(long from, long blocks, long to) throws IOException {
      ByteBuffer piece = ByteBuffer.allocateDirect(PIECE * BLOCK);
      ByteBuffer above = ByteBuffer.allocate(BLOCK);
      long next = to;
      byte[] last = {};
      for (long done = 0; done < blocks; ) {
        int count = (int) Math.min(PIECE, blocks - done);
        read(piece.clear().limit(count * BLOCK), from + done * BLOCK);
        for (int n = 0; n < count; n++) {
          last = block(piece.slice(n * BLOCK, BLOCK));
          above.put(last);
          if (!above.hasRemaining() || done + n + 1 == blocks) {
            next = finish(above, next);
          }
        }
        done += count;
        if (from == 0) {
          progress.advance(done * BLOCK);
        }
      }
      return last;
    }

    /** Writes a block of the level above, filled up; there is none above the last one. */
    private long finish(ByteBuffer above, long at) throws IOException {
      if (at >= 0) {
        HashTree.write(file, above.put(new byte[above.remaining()]).flip(), at);
      }
      above.clear();
      return at < 0 ? at : at + BLOCK;
    }

    private byte[] block(ByteBuffer block) {
      return block.mismatch(zeroes) < 0 ? ofZeroes : digested(block);
    }

    private void read(ByteBuffer into, long from) throws IOException {
      while (into.hasRemaining()) {
        if (file.read(into, from + into.position()) < 0) {
          throw new IOException("the disk has become shorter");
        }
      }
    }
  }

  /**
   * The kernel's parameter that has the data checked, for the whole disk as the first one of a
   * machine.
   */
  public String parameter() {
    long blocks = data / BLOCK;
    return "dm-mod.create=\"root,,,ro,0 %d verity %d %s %s %d %d %d %d sha256 %s %s\""
        .formatted(
            data / SECTOR, VERSION, DISK, DISK, BLOCK, BLOCK, blocks, blocks + 1, root, salt);
  }
}
