package atoll.vmm;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;

/**
 * The information that OpenSBI's {@code fw_dynamic} finds through a2: where to continue (OpenSBI,
 * docs/firmware/fw_dynamic.md, version 2).
 */
final class FwDynamicInfo {
  static final int SIZE = 48;

  private static final long MAGIC = 0x4942534f; // "OSBI"
  private static final long VERSION = 2;
  private static final long NEXT_MODE_SUPERVISOR = 1;
  private static final long NO_OPTIONS = 0;
  private static final long BOOT_HART = 0;

  private FwDynamicInfo() {}

  /** The structure's bytes for a next stage at {@code next}; 0 if there is none. */
  static byte[] bytes(long next) {
    ByteBuffer info = ByteBuffer.allocate(SIZE).order(ByteOrder.LITTLE_ENDIAN);
    info.putLong(MAGIC).putLong(VERSION).putLong(next);
    info.putLong(NEXT_MODE_SUPERVISOR).putLong(NO_OPTIONS).putLong(BOOT_HART);
    return info.array();
  }
}
