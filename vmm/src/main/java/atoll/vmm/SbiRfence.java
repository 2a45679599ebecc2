package atoll.vmm;

import atoll.engine.HartGroup;
import atoll.engine.RemoteFence;
import java.util.OptionalLong;

/**
 * Fences that other harts execute (SBI §8). A call returns when each of them has, or will before
 * its next instruction.
 */
final class SbiRfence implements SbiExtension {
  private static final int ID = 0x52464e43;
  private static final int FENCE_I = 0;
  private static final int SFENCE_VMA = 1;
  private static final int SFENCE_VMA_ASID = 2;

  private static final int ALL_ASIDS = -1;
  private static final int ASID_MASK = 0xffff;
  private static final long EVERYTHING = -1;

  private final HartTable harts;
  private final HartGroup group;

  SbiRfence(HartTable harts, HartGroup group) {
    this.harts = harts;
    this.group = group;
  }

  @Override
  public String name() {
    return "RFENCE";
  }

  @Override
  public boolean covers(int extension) {
    return extension == ID;
  }

  @Override
  public SbiReply call(SbiCall call) {
    int function = call.function();
    if (function < FENCE_I || function > SFENCE_VMA_ASID) {
      return SbiReply.error(SbiError.NOT_SUPPORTED); // 3 to 6 need the hypervisor extension.
    }
    OptionalLong to = harts.select(call.argument(0), call.argument(1));
    if (to.isEmpty()) {
      return SbiReply.error(SbiError.INVALID_PARAM);
    }
    switch (function) {
      case FENCE_I -> instruction(call, to.getAsLong());
      case SFENCE_VMA -> address(call, to.getAsLong(), call.argument(2), call.argument(3));
      default ->
          address(
              call,
              to.getAsLong(),
              call.argument(2),
              call.argument(3),
              (int) call.argument(4) & ASID_MASK);
    }
    return SbiReply.SUCCESS;
  }

  void instruction(SbiCall call, long mask) {
    count(call, mask, FirmwareEvents.FENCE_I_SENT, FirmwareEvents.FENCE_I_RECEIVED);
    group.fence(mask, new RemoteFence.Instruction());
  }

  /** Fences all address spaces. */
  void address(SbiCall call, long mask, long start, long size) {
    count(call, mask, FirmwareEvents.SFENCE_VMA_SENT, FirmwareEvents.SFENCE_VMA_RECEIVED);
    group.fence(mask, range(start, size, ALL_ASIDS));
  }

  /** Fences one address space. */
  void address(SbiCall call, long mask, long start, long size, int asid) {
    count(call, mask, FirmwareEvents.SFENCE_VMA_ASID_SENT, FirmwareEvents.SFENCE_VMA_ASID_RECEIVED);
    group.fence(mask, range(start, size, asid));
  }

  /** A range that wraps around is everything; so is 0 with 0, and any start with size -1. */
  private static RemoteFence range(long start, long size, int asid) {
    boolean everything =
        size == EVERYTHING
            || (start == 0 && size == 0)
            || Long.compareUnsigned(start + size, start) < 0;
    return everything
        ? new RemoteFence.Address(0, EVERYTHING, asid)
        : new RemoteFence.Address(start, size, asid);
  }

  private void count(SbiCall call, long mask, int sent, int received) {
    harts.of(call).events().count(sent);
    for (HartTable.Row row : harts.rows()) {
      if ((mask >>> row.hart().id() & 1) != 0) {
        row.events().count(received);
      }
    }
  }
}
