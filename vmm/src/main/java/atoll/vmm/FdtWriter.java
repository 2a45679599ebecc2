package atoll.vmm;

import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.HashMap;
import java.util.Map;

/**
 * Writes a device tree as a blob: header, memory reservation block, structure block, strings block
 * (Devicetree Specification v0.4 §5).
 */
public final class FdtWriter {
  private final ByteArrayOutputStream structure = new ByteArrayOutputStream();
  private final ByteArrayOutputStream strings = new ByteArrayOutputStream();
  private final Map<String, Integer> offsets = new HashMap<>();

  private FdtWriter() {}

  /**
   * The blob of the tree under {@code root}.
   *
   * @param bootHart the hart that boots, for {@code boot_cpuid_phys}
   */
  public static byte[] write(FdtNode root, int bootHart) {
    FdtWriter writer = new FdtWriter();
    writer.node(root);
    writer.word(FdtFormat.END);
    return writer.blob(bootHart);
  }

  private void node(FdtNode node) {
    word(FdtFormat.BEGIN_NODE);
    bytes(terminated(node.name()));
    for (String property : node.properties()) {
      byte[] value = node.property(property).orElseThrow();
      word(FdtFormat.PROP);
      word(value.length);
      word(offset(property));
      bytes(value);
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

  private byte[] blob(int bootHart) {
    int reservations = FdtFormat.HEADER_SIZE;
    int structureAt = reservations + FdtFormat.RESERVATION_SIZE; // The terminating entry only.
    int stringsAt = structureAt + structure.size();
    int total = stringsAt + strings.size();
    ByteBuffer blob = ByteBuffer.allocate(total);
    blob.putInt(FdtFormat.MAGIC).putInt(total).putInt(structureAt).putInt(stringsAt);
    blob.putInt(reservations).putInt(FdtFormat.VERSION).putInt(FdtFormat.LAST_COMPATIBLE_VERSION);
    blob.putInt(bootHart).putInt(strings.size()).putInt(structure.size());
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
