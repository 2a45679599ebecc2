package atoll.vmm;

import atoll.vmm.FdtTree.Reservation;
import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.HashMap;
import java.util.Map;

/**
 * Writes a device tree as a blob: header, memory reservation block, structure block, strings block,
 * padding (Devicetree Specification v0.4 §5).
 */
final class FdtWriter {
  private final ByteArrayOutputStream structure = new ByteArrayOutputStream();
  private final ByteArrayOutputStream strings = new ByteArrayOutputStream();
  private final Map<String, Integer> offsets = new HashMap<>();

  private FdtWriter() {}

  /** The blob of a tree, of version 17. */
  static byte[] write(FdtTree tree) {
    FdtWriter writer = new FdtWriter();
    writer.node(tree.root());
    writer.word(FdtFormat.END);
    return writer.blob(tree);
  }

  private void node(FdtNode node) {
    word(FdtFormat.BEGIN_NODE);
    bytes(terminated(node.name()));
    for (FdtNode.Property property : node.content()) {
      word(FdtFormat.PROP);
      word(property.value().length);
      word(offset(property.name()));
      bytes(property.value());
    }
    node.children().forEach(this::node);
    word(FdtFormat.END_NODE);
  }

  private int offset(String property) {
    return offsets.computeIfAbsent(
        property,
        p -> {
          int offset = strings.size();
          strings.writeBytes(terminated(p));
          return offset;
        });
  }

  private byte[] blob(FdtTree tree) {
    int reservationsAt = FdtFormat.HEADER_SIZE;
    int entries = tree.reservations().size() + 1; // The last one is of zeroes.
    int structureAt = reservationsAt + entries * FdtFormat.RESERVATION_SIZE;
    int stringsAt = structureAt + structure.size();
    int total = stringsAt + strings.size() + tree.padding();
    ByteBuffer blob = ByteBuffer.allocate(total);
    blob.putInt(FdtFormat.MAGIC).putInt(total).putInt(structureAt).putInt(stringsAt);
    blob.putInt(reservationsAt).putInt(FdtFormat.VERSION);
    blob.putInt(FdtFormat.LAST_COMPATIBLE_VERSION).putInt(tree.bootHart());
    blob.putInt(strings.size()).putInt(structure.size());
    for (Reservation reservation : tree.reservations()) {
      blob.putLong(reservation.address()).putLong(reservation.size());
    }
    blob.putLong(0).putLong(0);
    return blob.put(structure.toByteArray()).put(strings.toByteArray()).array();
  }

  private void word(int value) {
    structure.writeBytes(ByteBuffer.allocate(4).putInt(value).array());
  }

  /** Pads to the four bytes that every token is aligned to (§5.4.1). */
  private void bytes(byte[] value) {
    structure.writeBytes(value);
    structure.writeBytes(new byte[-value.length & 3]);
  }

  private static byte[] terminated(String text) {
    return (text + '\0').getBytes(StandardCharsets.ISO_8859_1);
  }
}
