package atoll.device;

import atoll.state.Unsaved;
import java.util.List;

/**
 * Supervisor-level software interrupts (RISC-V ACLINT specification, chapter 4): one {@code
 * SETSSIP} register a hart; writing 1 to bit 0 is an edge that sets the hart's {@code sip.SSIP},
 * which only the hart clears. Reads as zero. Stateless.
 */
public final class AclintSswi implements MmioDevice {
  /** Bytes of address range: 4095 registers and a reserved word. */
  public static final long SIZE = 0x4000;

  @Unsaved("as they were wired")
  private final List<InterruptLine> ssip;

  /**
   * Makes one for {@code ssip.size()} harts.
   *
   * @param ssip by hart; only ever driven high
   */
  public AclintSswi(List<InterruptLine> ssip) {
    this.ssip = List.copyOf(ssip);
  }

  @Override
  public String name() {
    return "sswi";
  }

  @Override
  public boolean decodes(long offset, int size, boolean write) {
    return size == 4 && (offset & 3) == 0 && offset < SIZE;
  }

  @Override
  public long read(long offset, int size) {
    return 0;
  }

  @Override
  public void write(long offset, int size, long value) {
    int hart = (int) (offset >> 2);
    if (hart < ssip.size() && (value & 1) != 0) {
      ssip.get(hart).set(true);
    }
  }
}
