package atoll.vmm;

import atoll.device.GuestWork;
import atoll.engine.HartGroup;
import atoll.engine.PostedFence;
import atoll.engine.RemoteFence;
import atoll.isa.CsrNumber;
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
  private static final int HFENCE_GVMA_VMID = 3;
  private static final int HFENCE_GVMA = 4;
  private static final int HFENCE_VVMA_ASID = 5;
  private static final int HFENCE_VVMA = 6;

  private static final int ALL_ASIDS = -1;
  private static final int ALL_VMIDS = -1;
  static final int ASID_MASK = 0xffff;
  private static final int VMID_MASK = 0x3fff;
  private static final int VMID_SHIFT = 44;

  /** Looks at the other harts in one step, some 10 us. */
  private static final int LOOKS = 200;

  private final HartTable harts;
  private final HartGroup group;
  private final PendingWork work;

  /**
   * Fences of one machine's harts.
   *
   * @param work where a call waits for them
   */
  SbiRfence(HartTable harts, HartGroup group, PendingWork work) {
    this.harts = harts;
    this.group = group;
    this.work = work;
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
    if (function < FENCE_I || function > HFENCE_VVMA) {
      return SbiReply.error(SbiError.NOT_SUPPORTED);
    }
    OptionalLong to = harts.select(call.argument(0), call.argument(1));
    if (to.isEmpty()) {
      return SbiReply.error(SbiError.INVALID_PARAM);
    }
    switch (function) {
      case FENCE_I -> instruction(call, to.getAsLong());
      case SFENCE_VMA -> address(call, to.getAsLong(), call.argument(2), call.argument(3));
      case SFENCE_VMA_ASID ->
          address(call, to.getAsLong(), call.argument(2), call.argument(3), asid(call));
      case HFENCE_GVMA_VMID ->
          secondStage(call, to.getAsLong(), (int) call.argument(4) & VMID_MASK);
      case HFENCE_GVMA -> secondStage(call, to.getAsLong(), ALL_VMIDS);
      case HFENCE_VVMA_ASID -> guest(call, to.getAsLong(), asid(call));
      default -> guest(call, to.getAsLong(), ALL_ASIDS);
    }
    return SbiReply.SUCCESS;
  }

  private static int asid(SbiCall call) {
    return (int) call.argument(4) & ASID_MASK;
  }

  /** Fences a guest's way to memory, or all guests'; whatever the range, all of it is forgotten. */
  private void secondStage(SbiCall call, long mask, int vmid) {
    if (vmid == ALL_VMIDS) {
      count(call, mask, FirmwareEvents.HFENCE_GVMA_SENT, FirmwareEvents.HFENCE_GVMA_RECEIVED);
    } else {
      count(
          call,
          mask,
          FirmwareEvents.HFENCE_GVMA_VMID_SENT,
          FirmwareEvents.HFENCE_GVMA_VMID_RECEIVED);
    }
    fence(mask, new RemoteFence.SecondStage(vmid));
  }

  /** Fences address spaces of the guest that the caller's {@code hgatp} names (SBI §8.6). */
  private void guest(SbiCall call, long mask, int asid) {
    if (asid == ALL_ASIDS) {
      count(call, mask, FirmwareEvents.HFENCE_VVMA_SENT, FirmwareEvents.HFENCE_VVMA_RECEIVED);
    } else {
      count(
          call,
          mask,
          FirmwareEvents.HFENCE_VVMA_ASID_SENT,
          FirmwareEvents.HFENCE_VVMA_ASID_RECEIVED);
    }
    int vmid = (int) (call.hart().csr(CsrNumber.HGATP) >>> VMID_SHIFT) & VMID_MASK;
    var addresses = new RemoteFence.Address(call.argument(2), call.argument(3), asid);
    fence(mask, new RemoteFence.Guest(vmid, addresses));
  }

  void instruction(SbiCall call, long mask) {
    count(call, mask, FirmwareEvents.FENCE_I_SENT, FirmwareEvents.FENCE_I_RECEIVED);
    fence(mask, new RemoteFence.Instruction());
  }

  /** Fences all address spaces. */
  void address(SbiCall call, long mask, long start, long size) {
    count(call, mask, FirmwareEvents.SFENCE_VMA_SENT, FirmwareEvents.SFENCE_VMA_RECEIVED);
    fence(mask, new RemoteFence.Address(start, size, ALL_ASIDS));
  }

  /** Fences one address space. */
  void address(SbiCall call, long mask, long start, long size, int asid) {
    count(call, mask, FirmwareEvents.SFENCE_VMA_ASID_SENT, FirmwareEvents.SFENCE_VMA_ASID_RECEIVED);
    fence(mask, new RemoteFence.Address(start, size, asid & ASID_MASK));
  }

  /**
   * Has the harts execute a fence. The caller goes on once each has, which may take a slice of
   * theirs; meanwhile its physical CPU may serve others.
   */
  private void fence(long mask, RemoteFence fence) {
    PostedFence posted = group.postFence(mask, fence);
    if (!posted.arrived()) {
      work.add(budget -> await(posted));
    }
  }

  @SuppressWarnings("ThreadPriorityCheck") // the other harts may need this host CPU
  private static GuestWork.Progress await(PostedFence posted) {
    for (int i = 0; i < LOOKS; i++) {
      if (posted.arrived()) {
        return GuestWork.Progress.DONE;
      }
      Thread.onSpinWait();
    }
    Thread.yield();
    return GuestWork.Progress.MORE;
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
