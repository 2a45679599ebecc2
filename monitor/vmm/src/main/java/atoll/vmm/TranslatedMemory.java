package atoll.vmm;

import atoll.memory.GuestMemory;
import java.util.Arrays;
import java.util.OptionalLong;
import java.util.function.LongFunction;

/** Memory as it is seen by addresses that lead to it page by page. */
final class TranslatedMemory {
  private TranslatedMemory() {}

  /**
   * Reads RAM, ROM and windows; devices are not asked, since a look could change them.
   *
   * @param physical where an address leads
   * @return the bytes from {@code address} on as far as there is memory, at most {@code length}
   */
  static byte[] read(
      GuestMemory memory, LongFunction<OptionalLong> physical, long address, int length) {
    byte[] bytes = new byte[length];
    int done = 0;
    while (done < length) {
      int part = inPage(address + done, length - done);
      OptionalLong gpa = physical.apply(address + done);
      if (gpa.isEmpty() || memory.loadHva(gpa.getAsLong()) == 0) {
        break;
      }
      byte[] read = memory.read(gpa.getAsLong(), part);
      System.arraycopy(read, 0, bytes, done, part);
      done += part;
    }
    return done == length ? bytes : Arrays.copyOf(bytes, done);
  }

  /** How many of {@code length} bytes are in the page of {@code address}. */
  static int inPage(long address, int length) {
    return (int) Math.min(length, GuestMemory.PAGE_SIZE - (address & GuestMemory.PAGE_SIZE - 1));
  }
}
