package atoll.report;

import atoll.vmm.MachineImage;
import java.nio.charset.StandardCharsets;
import java.util.Optional;

/**
 * What Linux says of itself for readers of its memory: lines such as {@code OSRELEASE=6.12} in a
 * page of its own (Linux, admin-guide/kdump/vmcoreinfo). It tells no hypervisor where that is; the
 * page is known by its first word.
 */
public final class VmcoreInfo {
  private static final int PAGE = 4096;
  private static final int PIECE = 1 << 20;
  private static final byte[] FIRST = "OSRELEASE=".getBytes(StandardCharsets.US_ASCII);
  private static final String SECOND = "\nPAGESIZE=";

  private VmcoreInfo() {}

  /** The text, if the machine's kernel has it. */
  public static Optional<String> find(MachineImage machine) {
    for (MachineImage.Range range : machine.memory()) {
      for (long done = 0; done < range.bytes(); done += PIECE) {
        int length = (int) Math.min(PIECE, range.bytes() - done);
        Optional<String> found = in(machine.read(range.physical() + done, length));
        if (found.isPresent()) {
          return found;
        }
      }
    }
    return Optional.empty();
  }

  private static Optional<String> in(byte[] piece) {
    for (int page = 0; page < piece.length; page += PAGE) {
      if (begins(piece, page)) {
        int end = page;
        while (end < page + PAGE && piece[end] != 0) {
          end++;
        }
        String text = new String(piece, page, end - page, StandardCharsets.ISO_8859_1);
        if (text.contains(SECOND)) {
          return Optional.of(text);
        }
      }
    }
    return Optional.empty();
  }

  private static boolean begins(byte[] piece, int page) {
    for (int i = 0; i < FIRST.length; i++) {
      if (piece[page + i] != FIRST[i]) {
        return false;
      }
    }
    return true;
  }
}
