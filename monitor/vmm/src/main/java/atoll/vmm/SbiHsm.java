package atoll.vmm;

import atoll.kernel.Status;
import atoll.kernel.SystemCalls;
import atoll.memory.GuestMemory;

/**
 * Hart state management (SBI §9): starts, stops and suspends harts.
 *
 * <p>A hart is STOPPED only after its vCPU has been stopped, and registers are set by the hart's
 * own thread when it begins to run; so a start that meets a stop on its way is well defined.
 */
final class SbiHsm implements SbiExtension {
  private static final int ID = 0x48534d;
  private static final int START = 0;
  private static final int STOP = 1;
  private static final int GET_STATUS = 2;
  private static final int SUSPEND = 3;

  private static final int RETENTIVE = 0;
  private static final int NON_RETENTIVE = 0x8000_0000;

  /** Set in types of suspension that lose the hart's registers. */
  private static final int LOSES_STATE = 0x8000_0000;

  /** Types below it are reserved, from it on a platform's own. */
  private static final int PLATFORM_TYPES = 0x1000_0000;

  private final HartTable harts;
  private final SystemCalls kernel;
  private final GuestMemory memory;
  private final PendingWork work;

  /**
   * For one machine.
   *
   * @param work what a hart that stops may leave to others
   */
  SbiHsm(HartTable harts, SystemCalls kernel, GuestMemory memory, PendingWork work) {
    this.harts = harts;
    this.kernel = kernel;
    this.memory = memory;
    this.work = work;
  }

  @Override
  public String name() {
    return "HSM";
  }

  @Override
  public boolean covers(int extension) {
    return extension == ID;
  }

  @Override
  public SbiReply call(SbiCall call) {
    return switch (call.function()) {
      case START -> start(call.argument(0), call.argument(1), call.argument(2));
      case STOP -> stop(harts.of(call));
      case GET_STATUS -> status(call.argument(0));
      case SUSPEND -> suspend(call);
      default -> SbiReply.error(SbiError.NOT_SUPPORTED);
    };
  }

  private SbiReply start(long id, long address, long opaque) {
    if (!harts.exists(id)) {
      return SbiReply.error(SbiError.INVALID_PARAM);
    }
    if (!executable(address)) {
      return SbiReply.error(SbiError.INVALID_ADDRESS);
    }
    return SbiReply.error(start(harts.get(id), address, opaque));
  }

  /** Starts a hart in supervisor mode at {@code address}; also the first one, at boot. */
  SbiError start(HartTable.Row row, long address, long opaque) {
    if (!row.state().compareAndSet(HartTable.STOPPED, HartTable.START_PENDING)) {
      return SbiError.ALREADY_AVAILABLE;
    }
    row.entry().set(new HartEntry.Start(address, opaque));
    Status started = kernel.start(row.slot(), row::enter);
    if (started != Status.OK) {
      row.state().set(HartTable.STOPPED);
      return SbiError.FAILED;
    }
    return SbiError.SUCCESS;
  }

  private SbiReply stop(HartTable.Row row) {
    if (kernel.stop(row.slot()) != Status.OK) {
      return SbiReply.error(SbiError.FAILED);
    }
    work.handOver(row.vcpu());
    row.state().set(HartTable.STOPPED);
    return SbiReply.NONE;
  }

  private SbiReply status(long id) {
    return harts.exists(id)
        ? SbiReply.value(harts.get(id).state().get())
        : SbiReply.error(SbiError.INVALID_PARAM);
  }

  private SbiReply suspend(SbiCall call) {
    int type = (int) call.argument(0);
    return switch (type) {
      case RETENTIVE -> suspendRetentive(call);
      case NON_RETENTIVE -> suspendNonRetentive(call, call.argument(1), call.argument(2));
      default ->
          SbiReply.error(
              (type & ~LOSES_STATE) < PLATFORM_TYPES
                  ? SbiError.INVALID_PARAM
                  : SbiError.NOT_SUPPORTED);
    };
  }

  /** Like {@code wfi}, so an interrupt that is pending and enabled ends it at once. */
  private SbiReply suspendRetentive(SbiCall call) {
    harts.of(call).suspend(new HartEntry.Retained());
    return SbiReply.SUCCESS;
  }

  private SbiReply suspendNonRetentive(SbiCall call, long address, long opaque) {
    if (!executable(address)) {
      return SbiReply.error(SbiError.INVALID_ADDRESS);
    }
    harts.of(call).suspend(new HartEntry.Awakened(address, opaque));
    return SbiReply.NONE;
  }

  private boolean executable(long address) {
    return memory.hva(address) != 0 && (address & 1) == 0;
  }
}
