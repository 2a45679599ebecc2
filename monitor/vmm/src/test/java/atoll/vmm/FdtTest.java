package atoll.vmm;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import atoll.vmm.FdtTree.Reservation;
import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Test;

/** Blobs are written and read back with all that they say. */
class FdtTest {
  private static FdtNode root() {
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

  private static FdtTree read(byte[] blob) {
    return FdtReader.read("test", MemorySegment.ofArray(blob));
  }

  @Test
  void whatIsWrittenIsReadBack() {
    byte[] blob = FdtWriter.write(FdtTree.of(root()));
    FdtTree read = read(blob);
    assertThat(FdtWriter.write(read)).isEqualTo(blob);
    assertThat(read.root().find("soc").orElseThrow().find("uart@10").orElseThrow().property("odd"))
        .hasValue(bytes(5));
    assertThat(read.root().property("compatible")).hasValue(new byte[] {'a', 0, 'b', 'c', 0});
  }

  @Test
  void whatIsBesideTheNodesIsReadBackToo() {
    List<Reservation> reservations =
        List.of(
            new Reservation(0x8000_0000L, 0x1000),
            new Reservation(0, 16),
            new Reservation(0x9000_0000L, 0),
            new Reservation(-4096, 4096));
    FdtTree tree = new FdtTree(root(), reservations, 0x8000_0003, 12_345);
    FdtTree read = read(FdtWriter.write(tree));
    assertThat(read.reservations()).isEqualTo(reservations);
    assertThat(read.bootHart()).isEqualTo(0x8000_0003);
    assertThat(read.padding()).isEqualTo(12_345);
    assertThat(FdtWriter.write(read)).isEqualTo(FdtWriter.write(tree));
  }

  @Test
  void headerIsThatOfVersion17() {
    ByteBuffer blob = ByteBuffer.wrap(FdtWriter.write(new FdtTree(root(), List.of(), 3, 0)));
    assertThat(blob.getInt(0)).isEqualTo(0xd00dfeed);
    assertThat(blob.getInt(4)).isEqualTo(blob.capacity());
    assertThat(blob.getInt(8) % 4).isZero();
    assertThat(blob.getInt(16) % 8).isZero();
    assertThat(blob.getInt(20)).isEqualTo(17);
    assertThat(blob.getInt(24)).isEqualTo(16);
    assertThat(blob.getInt(28)).isEqualTo(3);
  }

  @Test
  void roomForEditsIsCountedAndNeverLessThanTheTreeHad() {
    byte[] tight = FdtWriter.write(FdtTree.of(root()));
    byte[] roomy = FdtWriter.write(FdtTree.of(root()).withRoom(8192));
    assertThat(roomy).hasSize(tight.length + 8192);
    assertThat(ByteBuffer.wrap(roomy).getInt(4)).isEqualTo(roomy.length);
    assertThat(read(roomy).withRoom(100).padding()).isEqualTo(8192);
    assertThat(read(roomy).withRoom(10_000).padding()).isEqualTo(10_000);
  }

  @Test
  void propertyNamesAreSharedInTheStringsBlock() {
    FdtNode root = new FdtNode("");
    root.child("a").flag("same");
    root.child("b").flag("same");
    assertThat(ByteBuffer.wrap(FdtWriter.write(FdtTree.of(root))).getInt(32)).isEqualTo(5);
  }

  @Test
  void noOperationTokensAreSkipped() {
    byte[] blob = FdtWriter.write(FdtTree.of(new FdtNode("").flag("gone").flag("kept")));
    ByteBuffer structure = ByteBuffer.wrap(blob).position(56);
    structure.putInt(64, 4).putInt(68, 4).putInt(72, 4); // The first property.
    assertThat(read(blob).root().properties()).containsExactly("kept");
  }

  @Test
  void propertiesAndNodesOfOneNameAreAllKeptInOrder() {
    FdtNode root = new FdtNode("");
    root.append("twice", bytes(1));
    root.flag("between");
    root.append("twice", bytes(2));
    root.add(new FdtNode("n@1")).add(new FdtNode("n@0")).add(new FdtNode("n@1").flag("second"));
    FdtNode read = read(FdtWriter.write(FdtTree.of(root))).root();
    assertThat(read.properties()).containsExactly("twice", "between", "twice");
    assertThat(read.property("twice")).hasValue(bytes(1));
    assertThat(read.children()).extracting(FdtNode::name).containsExactly("n@1", "n@0", "n@1");
    assertThat(read.find("n@1").orElseThrow().properties()).isEmpty();
  }

  @Test
  void aPropertyThatIsSetAgainStaysInItsPlace() {
    FdtNode node = new FdtNode("").flag("a").flag("b").bytes("a", bytes(3));
    assertThat(node.properties()).containsExactly("a", "b");
    assertThat(node.property("a")).hasValue(bytes(3));
  }

  /**
   * As of dtc -V 16: the header has no size_dt_struct, and the blocks may begin behind 36 bytes.
   */
  @Test
  void blobsOfVersion16AreRead() {
    FdtTree tree = new FdtTree(root(), List.of(new Reservation(4096, 4096)), 1, 100);
    byte[] blob = FdtWriter.write(tree);
    ByteBuffer.wrap(blob).putInt(20, 16).putInt(36, 0xdead_beef);
    assertThat(FdtWriter.write(read(blob))).isEqualTo(FdtWriter.write(tree));
  }

  @Test
  void bytesBehindTheBlobAreNoPartOfIt() {
    byte[] blob = FdtWriter.write(FdtTree.of(root()));
    assertThat(FdtWriter.write(read(Arrays.copyOf(blob, blob.length + 999)))).isEqualTo(blob);
  }

  @Test
  void nestingIsAllowedAsFarAsLinuxGoes() {
    FdtNode root = new FdtNode("");
    FdtNode node = root;
    for (int depth = 1; depth < 64; depth++) {
      node = node.child("n" + depth);
    }
    byte[] blob = FdtWriter.write(FdtTree.of(root));
    assertThat(FdtWriter.write(read(blob))).isEqualTo(blob);
    node.child("too-deep");
    byte[] deeper = FdtWriter.write(FdtTree.of(root));
    assertThatThrownBy(() -> read(deeper)).hasMessageContainingAll("test", "depth", "64");
  }
}
