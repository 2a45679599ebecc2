package atoll.vmm;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.Random;
import org.junit.jupiter.api.Test;

class FdtTest {
  private static FdtNode tree() {
    FdtNode root = new FdtNode("");
    root.cells("#address-cells", 2).strings("compatible", "a", "bc").flag("empty");
    root.child("chosen").strings("bootargs", "quiet");
    root.child("soc").longs("reg", 0x8000_0000L, 1L << 40).child("uart@10").bytes("odd", bytes(5));
    return root;
  }

  private static byte[] bytes(int length) {
    byte[] bytes = new byte[length];
    Arrays.fill(bytes, (byte) 7);
    return bytes;
  }

  @Test
  void whatIsWrittenIsReadBack() {
    byte[] blob = FdtWriter.write(tree(), 0);
    FdtNode read = FdtReader.read("test", blob);
    assertThat(FdtWriter.write(read, 0)).isEqualTo(blob);
    assertThat(read.find("soc").orElseThrow().find("uart@10").orElseThrow().property("odd"))
        .hasValue(bytes(5));
    assertThat(read.property("compatible")).hasValue(new byte[] {'a', 0, 'b', 'c', 0});
  }

  @Test
  void headerIsThatOfVersion17() {
    ByteBuffer blob = ByteBuffer.wrap(FdtWriter.write(tree(), 3));
    assertThat(blob.getInt(0)).isEqualTo(0xd00dfeed);
    assertThat(blob.getInt(4)).isEqualTo(blob.capacity());
    assertThat(blob.getInt(8) % 4).isZero();
    assertThat(blob.getInt(16) % 8).isZero();
    assertThat(blob.getInt(20)).isEqualTo(17);
    assertThat(blob.getInt(24)).isEqualTo(16);
    assertThat(blob.getInt(28)).isEqualTo(3);
  }

  @Test
  void propertyNamesAreSharedInTheStringsBlock() {
    FdtNode root = new FdtNode("");
    root.child("a").flag("same");
    root.child("b").flag("same");
    assertThat(ByteBuffer.wrap(FdtWriter.write(root, 0)).getInt(32)).isEqualTo(5);
  }

  @Test
  void noOperationTokensAreSkipped() {
    byte[] blob = FdtWriter.write(new FdtNode("").flag("gone").flag("kept"), 0);
    ByteBuffer structure = ByteBuffer.wrap(blob).position(56);
    structure.putInt(64, 4).putInt(68, 4).putInt(72, 4); // The first property.
    assertThat(FdtReader.read("test", blob).properties()).containsExactly("kept");
  }

  @Test
  void messageNamesFileValueAndExpectation() {
    byte[] blob = FdtWriter.write(tree(), 0);
    blob[0] = 0;
    assertThatThrownBy(() -> FdtReader.read("board.dtb", blob))
        .isInstanceOf(VmException.class)
        .hasMessageContainingAll("board.dtb", "magic", "0xdfeed", "0xd00dfeed");
    assertThatThrownBy(() -> FdtReader.read("board.dtb", new byte[3]))
        .isInstanceOf(VmException.class)
        .hasMessageContainingAll("board.dtb", "3", "40");
  }

  @Test
  void damagedBlobIsRefusedOrReadButNeverAnythingElse() {
    byte[] blob = FdtWriter.write(tree(), 0);
    for (int length = 0; length < blob.length; length++) {
      readAnyhow(Arrays.copyOf(blob, length));
    }
    Random random = new Random(17);
    for (int round = 0; round < 20_000; round++) {
      byte[] damaged = blob.clone();
      for (int i = 0; i <= random.nextInt(3); i++) {
        damaged[random.nextInt(damaged.length)] = (byte) random.nextInt();
      }
      readAnyhow(damaged);
    }
  }

  private static void readAnyhow(byte[] blob) {
    try {
      FdtReader.read("damaged", blob);
    } catch (VmException expected) {
      assertThat(expected).hasMessageContaining("damaged");
    }
  }

  @Test
  void nestingIsBounded() {
    FdtNode root = new FdtNode("");
    FdtNode node = root;
    for (int i = 0; i < 100; i++) {
      node = node.child("n");
    }
    byte[] blob = FdtWriter.write(root, 0);
    assertThatThrownBy(() -> FdtReader.read("deep", blob)).hasMessageContaining("depth");
  }
}
