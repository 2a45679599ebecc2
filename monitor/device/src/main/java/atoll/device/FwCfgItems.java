package atoll.device;

import atoll.state.Unsaved;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * What {@link FwCfg} has to read, by selector (QEMU, "Firmware Configuration Items"): a few numbers
 * about the machine, and files with a directory.
 */
@Unsaved("does not change")
public final class FwCfgItems {
  /** Most files: far more than QEMU has. */
  public static final int MOST_FILES = 256;

  private static final int SIGNATURE = 0x00;
  private static final int ID = 0x01;
  private static final int UUID = 0x02;
  private static final int RAM_SIZE = 0x03;
  private static final int NO_GRAPHICS = 0x04;
  private static final int CPUS = 0x05;
  private static final int BOOT_MENU = 0x0e;
  private static final int MOST_CPUS = 0x0f;
  private static final int DIRECTORY = 0x19;
  private static final int FIRST_FILE = 0x20;

  /** The selector and data registers, and DMA. */
  private static final int FEATURES = 0b11;

  private static final int ENTRY = 64;
  private static final int NAME_AT = 8;

  private static final byte[] NOTHING = {};

  private final Map<Integer, byte[]> items = new HashMap<>();

  /**
   * Those of a machine.
   *
   * @param ram bytes
   * @param cpus harts
   * @param files in any order, with different names
   */
  public FwCfgItems(long ram, int cpus, List<FwCfgFile> files) {
    if (files.size() > MOST_FILES) {
      throw new IllegalArgumentException(
          "%d files; expected at most %d".formatted(files.size(), MOST_FILES));
    }
    items.put(SIGNATURE, "QEMU".getBytes(StandardCharsets.US_ASCII));
    items.put(ID, number(Integer.BYTES, FEATURES));
    items.put(UUID, new byte[16]);
    items.put(RAM_SIZE, number(Long.BYTES, ram));
    items.put(NO_GRAPHICS, number(Short.BYTES, 1));
    items.put(CPUS, number(Short.BYTES, cpus));
    items.put(BOOT_MENU, number(Short.BYTES, 0));
    items.put(MOST_CPUS, number(Short.BYTES, cpus));
    addFiles(files.stream().sorted(Comparator.comparing(FwCfgFile::name)).toList());
  }

  private static byte[] number(int bytes, long value) {
    byte[] all =
        ByteBuffer.allocate(Long.BYTES).order(ByteOrder.LITTLE_ENDIAN).putLong(value).array();
    return Arrays.copyOf(all, bytes);
  }

  private void addFiles(List<FwCfgFile> files) {
    ByteBuffer directory = ByteBuffer.allocate(Integer.BYTES + files.size() * ENTRY);
    directory.putInt(files.size());
    for (int n = 0; n < files.size(); n++) {
      FwCfgFile file = files.get(n);
      int entry = directory.position();
      directory.putInt(file.content().length).putShort((short) (FIRST_FILE + n));
      directory.put(entry + NAME_AT, file.name().getBytes(StandardCharsets.US_ASCII));
      directory.position(entry + ENTRY);
      items.put(FIRST_FILE + n, file.content());
    }
    items.put(DIRECTORY, directory.array());
  }

  /** What a selector stands for; nothing to read if it is none of these. */
  byte[] get(int selector) {
    return items.getOrDefault(selector, NOTHING);
  }
}
