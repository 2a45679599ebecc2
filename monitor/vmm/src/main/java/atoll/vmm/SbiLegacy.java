package atoll.vmm;

import atoll.engine.Hart;
import atoll.isa.CsrNumber;
import java.util.OptionalLong;

/**
 * The calls of SBI 0.1 (SBI §5), which old kernels and teaching kernels use. Each has an extension
 * number of its own, and returns its result in a0 alone.
 */
final class SbiLegacy implements SbiExtension {
  private static final int SET_TIMER = 0;
  private static final int PUTCHAR = 1;
  private static final int GETCHAR = 2;
  private static final int CLEAR_IPI = 3;
  private static final int SEND_IPI = 4;
  private static final int REMOTE_FENCE_I = 5;
  private static final int REMOTE_SFENCE_VMA = 6;
  private static final int REMOTE_SFENCE_VMA_ASID = 7;
  private static final int SHUTDOWN = 8;

  private static final long SSIP = 1 << 1;

  private final SbiTime time;
  private final SbiIpi ipi;
  private final SbiRfence fences;
  private final SbiConsole console;
  private final PowerControl power;
  private final HartTable harts;

  SbiLegacy(
      SbiTime time,
      SbiIpi ipi,
      SbiRfence fences,
      SbiConsole console,
      PowerControl power,
      HartTable harts) {
    this.time = time;
    this.ipi = ipi;
    this.fences = fences;
    this.console = console;
    this.power = power;
    this.harts = harts;
  }

  @Override
  public String name() {
    return "legacy";
  }

  @Override
  public boolean covers(int extension) {
    return extension >= SET_TIMER && extension <= SHUTDOWN;
  }

  @Override
  public SbiReply call(SbiCall call) {
    return switch (call.extension()) {
      case GETCHAR -> SbiReply.legacy(console.read());
      case CLEAR_IPI -> SbiReply.legacy(clear(call.hart()));
      case SHUTDOWN -> {
        power.poweroff(0);
        yield SbiReply.NONE;
      }
      case SET_TIMER -> {
        time.set(call, call.argument(0));
        yield SbiReply.legacy(0);
      }
      case PUTCHAR -> {
        console.write(new byte[] {(byte) call.argument(0)});
        yield SbiReply.legacy(0);
      }
      default -> toOthers(call);
    };
  }

  /** Calls that take the address of a hart mask. */
  private SbiReply toOthers(SbiCall call) {
    OptionalLong to = mask(call.hart(), call.argument(0));
    if (to.isEmpty()) {
      return SbiReply.legacy(SbiError.INVALID_PARAM.code);
    }
    long mask = to.getAsLong();
    long start = call.argument(1);
    long size = call.argument(2);
    switch (call.extension()) {
      case SEND_IPI -> ipi.send(call, mask);
      case REMOTE_FENCE_I -> fences.instruction(call, mask);
      case REMOTE_SFENCE_VMA -> fences.address(call, mask, start, size);
      case REMOTE_SFENCE_VMA_ASID ->
          fences.address(call, mask, start, size, (int) call.argument(3) & SbiRfence.ASID_MASK);
      default -> throw new AssertionError(call.extension());
    }
    return SbiReply.legacy(0);
  }

  /** Returns whether an interrupt was pending. */
  private static long clear(Hart hart) {
    long pending = hart.csr(CsrNumber.SIP);
    hart.csr(CsrNumber.SIP, pending & ~SSIP);
    return (pending & SSIP) != 0 ? 1 : 0;
  }

  /**
   * The harts in the mask at a virtual address; without an address, or where nothing can be read,
   * all that are available: fences and inter-processor interrupts that nobody asked for are
   * harmless. Empty if the mask names a hart that is not there or not available.
   */
  private OptionalLong mask(Hart hart, long address) {
    OptionalLong named = address == 0 ? OptionalLong.empty() : hart.peek(address);
    return named.isPresent()
        ? harts.select(named.getAsLong(), 0)
        : OptionalLong.of(harts.available());
  }
}
