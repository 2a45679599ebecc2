package atoll.vmm;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import atoll.vmm.FdtTree.Reservation;
import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Whatever is wrong with a blob is said in one message with file, field, value, expectation. */
class FdtDamageTest {
  private static final int MIB = 1 << 20;
  private static final int STRUCTURE = 72;

  /** Header 40, reservations 32, structure from 72 on: 112 bytes, then 15 bytes of strings. */
  private static byte[] blob() {
    FdtNode root = new FdtNode("").cells("cells", 2).flag("empty");
    root.child("soc").child("uart@10").longs("reg", 1);
    return FdtWriter.write(new FdtTree(root, List.of(new Reservation(4096, 4096)), 0, 0));
  }

  private static void read(byte[] blob) {
    FdtReader.read("board.dtb", MemorySegment.ofArray(blob));
  }

  private static void refused(byte[] blob, String... inMessage) {
    assertThatThrownBy(() -> read(blob))
        .isInstanceOf(VmException.class)
        .hasMessageStartingWith("board.dtb is not a valid device tree blob: ")
        .hasMessageContaining(", expected ")
        .hasMessageNotContaining("-")
        .hasMessageContainingAll(inMessage);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      textBlock =
          """
          0  | 0x000dfeed | magic is 917229 (0xdfeed)               | 0xd00dfeed
          0  | 0x2f647473 | magic is 795112563 (0x2f647473)         | compile the source with dtc
          4  | 0          | totalsize is 0 (0x0)                    | 40 to the file's length
          4  | 39         | totalsize is 39 (0x27)                  | 40 to the file's length
          4  | 0xfffffff0 | totalsize is 4294967280 (0xfffffff0)    | 40 to the file's length
          4  | 100        | off_dt_strings is                       | to 100 (totalsize)
          8  | 0xfffffff0 | off_dt_struct is 4294967280 (0xfffffff0) | 40 (the header's end) to
          8  | 0x80000000 | off_dt_struct is 2147483648             | 40 (the header's end) to
          8  | 36         | off_dt_struct is 36 (0x24)              | 40 (the header's end) to
          8  | 74         | off_dt_struct is 74 (0x4a)              | a multiple of 4
          8  | 40         | off_mem_rsvmap is 40 (0x28)             | apart from that of off_dt_struct
          8  | 180        | size_dt_struct is                       | at most
          12 | 0xfffffffc | off_dt_strings is 4294967292            | 40 (the header's end) to
          12 | 0          | off_dt_strings is 0 (0x0)               | 40 (the header's end) to
          12 | 80         | off_dt_strings is 80 (0x50)             | apart from that of off_dt_struct
          12 | 41         | off_dt_strings is 41 (0x29)             | apart from that of off_mem_rsvmap
          16 | 0xfffffff8 | off_mem_rsvmap is 4294967288            | 40 (the header's end) to
          16 | 32         | off_mem_rsvmap is 32 (0x20)             | 40 (the header's end) to
          16 | 44         | off_mem_rsvmap is 44 (0x2c)             | a multiple of 8
          16 | 176        | the end of the memory reservation block | an entry of zeroes
          20 | 3          | version is 3 (0x3)                      | 16 or more
          20 | 0          | version is 0 (0x0)                      | 16 or more
          24 | 18         | last_comp_version is 18 (0x12)          | 17 or less
          24 | 0xffffffff | last_comp_version is 4294967295         | 17 or less
          32 | 0xffffffff | size_dt_strings is 4294967295           | at most
          32 | 1000       | size_dt_strings is 1000 (0x3e8)         | from off_dt_strings to totalsize
          32 | 3          | the end of the property name at offset 0xa4 is 167 | a zero byte
          36 | 0xffffffff | size_dt_struct is 4294967295            | at most
          36 | 0x80000000 | size_dt_struct is 2147483648            | at most
          36 | 0          | end of the structure block is 72 (0x48) | more tokens, up to FDT_END
          36 | 36         | end of the structure block is 108       | more tokens, up to FDT_END
          36 | 40         | the end of the node name at offset 0x70 | a zero byte before it
          72 | 3          | token at offset 0x48 is 3 (0x3)         | 1 (FDT_BEGIN_NODE)
          80 | 7          | token at offset 0x50 is 7 (0x7)         | 1, 2 or 3
          80 | 0xffffffff | token at offset 0x50 is 4294967295      | 1, 2 or 3
          80 | 9          | token at offset 0x50 is 9 (0x9)         | 1, 2 or 3
          84 | 0xfffffff0 | length of property 'cells' at offset 0x50 is 4294967280 | to the end of
          84 | 0x7fffffff | length of property 'cells' at offset 0x50 is 2147483647 | to the end of
          88 | 0xfffffff0 | name offset of the property at offset 0x50 is 4294967280 | less than
          """)
  void everyFieldIsNamedWithItsValueAndWhatItShouldBe(
      int at, String value, String field, String expected) {
    byte[] blob = blob();
    ByteBuffer.wrap(blob).putInt(at, (int) Long.decode(value).longValue());
    refused(blob, field, expected);
  }

  @Test
  void aBlobThatEndsTooEarlySaysSo() {
    byte[] blob = blob();
    refused(new byte[3], "its length is 3 (0x3)", "40 bytes or more");
    refused(Arrays.copyOf(blob, 39), "its length is 39", "40 bytes or more");
    for (int length = 40; length < blob.length; length++) {
      refused(Arrays.copyOf(blob, length), "totalsize", "the file's length, which is " + length);
    }
  }

  @Test
  void aStringWithoutAnEndIsRefused() {
    byte[] blob = blob();
    blob[blob.length - 1] = 'x';
    refused(blob, "the end of the property name at offset", "a zero byte before it");
    byte[] node = blob();
    Arrays.fill(node, STRUCTURE + 4, STRUCTURE + ByteBuffer.wrap(node).getInt(36), (byte) 'x');
    refused(node, "the end of the node name at offset 0x4c is", "a zero byte before it");
  }

  @Test
  void aTreeWithoutItsEndIsRefused() {
    byte[] blob = blob();
    int end = STRUCTURE + ByteBuffer.wrap(blob).getInt(36) - 4;
    ByteBuffer.wrap(blob).putInt(end, 1);
    refused(blob, "token at offset", "9 (FDT_END) behind the root node");
    ByteBuffer.wrap(blob).putInt(end, 4);
    refused(blob, "end of the structure block", "more tokens");
  }

  @Test
  void aHugeBlobIsRefusedBeforeItIsRead() {
    byte[] blob = Arrays.copyOf(blob(), 17 * MIB);
    ByteBuffer.wrap(blob).putInt(4, blob.length);
    refused(blob, "totalsize is 17825792", "at most 16777216 (16 MiB)");
  }

  /** 1.4 million nodes below one, and as many properties. */
  @Test
  void theLargestBlobsOfTheSmallestPartsAreReadAtOnce() {
    read(filled(16 * MIB, 1, 0, 2));
    read(filled(16 * MIB, 3, 0, 0));
  }

  @Test
  void nestingWithoutEndIsRefusedAtTheLimit() {
    refused(filled(16 * MIB, 1, 0), "depth of the node at offset", "is 64 (0x40)", "less than 64");
  }

  /** Names may share their ends, so that a blob can name far more than it holds. */
  @Test
  void namesThatAreMoreThanTheBlobAreRefused() {
    int names = 4 * MIB;
    ByteBuffer blob = ByteBuffer.wrap(filled(12 * MIB, 3, 0, 0));
    int properties = (blob.getInt(36) - 16) / 12;
    for (int i = 0; i < properties; i++) {
      blob.putInt(STRUCTURE + 8 + 12 * i + 8, i);
    }
    byte[] all = Arrays.copyOf(blob.array(), blob.capacity() + names);
    Arrays.fill(all, blob.capacity(), all.length - 1, (byte) 'n');
    ByteBuffer.wrap(all).putInt(4, all.length).putInt(32, names).putInt(12, blob.capacity());
    refused(all, "length of all property names up to offset", "at most 16777216");
  }

  /** A blob of {@code size} bytes whose root is filled with the same tokens again and again. */
  private static byte[] filled(int size, int... tokens) {
    ByteBuffer blob = ByteBuffer.allocate(size);
    blob.put(FdtWriter.write(FdtTree.of(new FdtNode(""))), 0, 40).putInt(4, size);
    blob.putInt(8, STRUCTURE).putInt(12, size - 1).putInt(32, 1).putInt(16, 40);
    blob.position(STRUCTURE).putInt(1).putInt(0);
    while (blob.remaining() >= 4 * tokens.length + 12) {
      Arrays.stream(tokens).forEach(blob::putInt);
    }
    blob.putInt(2).putInt(9);
    return blob.putInt(36, blob.position() - STRUCTURE).array();
  }

  @Test
  void damagedBlobIsRefusedOrReadButNeverAnythingElse() {
    byte[] blob = blob();
    int[] interesting = {0, 1, 2, 3, 4, 9, 39, 40, 0x7fff_ffff, 0x8000_0000, -1, -16, blob.length};
    for (int at = 0; at <= blob.length - 4; at++) {
      for (int value : interesting) {
        byte[] damaged = blob.clone();
        ByteBuffer.wrap(damaged).putInt(at, value);
        readAnyhow(damaged);
      }
    }
    Random random = new Random(17);
    for (int round = 0; round < 30_000; round++) {
      byte[] damaged = Arrays.copyOf(blob, blob.length - Math.max(0, random.nextInt(40) - 30));
      for (int i = 0; i <= random.nextInt(4); i++) {
        damaged[random.nextInt(damaged.length)] = (byte) random.nextInt();
      }
      readAnyhow(damaged);
    }
  }

  /** What is read can be written, and is the same when it is read again. */
  private static void readAnyhow(byte[] blob) {
    FdtTree tree;
    try {
      tree = FdtReader.read("damaged", MemorySegment.ofArray(blob));
    } catch (VmException refused) {
      String message = refused.getMessage();
      assertThat(message.startsWith("damaged is not a valid device tree blob: ")).isTrue();
      assertThat(message).doesNotContain(" -");
      return;
    }
    byte[] written = FdtWriter.write(tree);
    byte[] again = FdtWriter.write(FdtReader.read("again", MemorySegment.ofArray(written)));
    assertThat(again).isEqualTo(written);
  }

  @Test
  void aSourceIsToldFromABlob() {
    refused(
        "/dts-v1/; / { compatible = \"a rather long source\"; };\n"
            .getBytes(StandardCharsets.US_ASCII),
        "compile the source with dtc");
  }
}
