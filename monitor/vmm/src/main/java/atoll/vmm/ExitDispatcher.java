package atoll.vmm;

import atoll.cpu.Exit;
import atoll.device.MmioAccess;
import atoll.device.MmioBus;
import atoll.kernel.Portal;
import atoll.kernel.SystemCalls;
import atoll.kernel.Vcpu;
import atoll.state.Unsaved;
import java.util.List;
import java.util.function.IntConsumer;

/**
 * Where a machine's exits arrive, on the thread of the vCPU that caused them: device accesses go to
 * the bus, hypercalls to the SBI, and a guest that cannot go on ends the machine.
 */
final class ExitDispatcher {
  private final MmioBus bus;
  private final Sbi sbi;
  private final SystemCalls kernel;
  private final HartTable harts;
  private final Failure failure;
  private final IntConsumer stops;

  @Unsaved("of the exit that is being served")
  private final MmioAccess[] frames;

  /** By hart. */
  @Unsaved("for people")
  private final ExitLog[] logs;

  @Unsaved("for people")
  private volatile Refusal lastRefusal;

  /** Is told that a hart cannot go on. */
  @FunctionalInterface
  interface Failure {
    void met(int hart, String reason);
  }

  /** An access that met no device. */
  private record Refusal(String vcpu, boolean write, long address, int size, long pc) {
    @Override
    public String toString() {
      return "%s of %d bytes at 0x%x by %s, pc 0x%x"
          .formatted(write ? "store" : "load", size, address, vcpu, pc);
    }
  }

  /**
   * Dispatches for one machine.
   *
   * @param failure told when the guest cannot go on, and why
   * @param stops told of a hart, by its number, that has stopped for a debugger
   */
  ExitDispatcher(
      MmioBus bus,
      Sbi sbi,
      SystemCalls kernel,
      HartTable harts,
      Failure failure,
      IntConsumer stops) {
    this.bus = bus;
    this.sbi = sbi;
    this.kernel = kernel;
    this.harts = harts;
    this.failure = failure;
    this.stops = stops;
    frames =
        harts.rows().stream()
            .map(row -> new MmioAccess(new VcpuExcursion(kernel, row)))
            .toArray(MmioAccess[]::new);
    logs = harts.rows().stream().map(row -> new ExitLog()).toArray(ExitLog[]::new);
  }

  /** Registers a portal for each reason that the kernel does not handle itself. */
  void bind(int firstSlot) {
    bind(firstSlot, Exit.MMIO_READ, new DevicePortal());
    bind(firstSlot, Exit.MMIO_WRITE, new DevicePortal());
    bind(firstSlot, Exit.HYPERCALL, this::hypercall);
    bind(firstSlot, Exit.FAULT, this::fault);
    bind(firstSlot, Exit.BREAK, (vcpu, exit) -> stops.accept(vcpu.index()));
  }

  private void bind(int firstSlot, int reason, Portal.Handler handler) {
    int slot = firstSlot + reason;
    KernelSlots.require(kernel.createPortal(slot, Exit.name(reason), handler), "create a portal");
    KernelSlots.require(kernel.bindPortal(reason, slot), "bind a portal");
  }

  /** Accesses to devices. */
  private final class DevicePortal implements Portal.Handler {
    @Override
    public void handle(Vcpu vcpu, Exit exit) {
      MmioAccess access = begin(vcpu, exit);
      if (bus.perform(access)) {
        found(vcpu, exit, access);
      } else {
        refuse(vcpu, exit);
      }
    }

    @Override
    public boolean handleInside(Vcpu vcpu, Exit exit) {
      MmioAccess access = begin(vcpu, exit);
      if (bus.performInside(access)) {
        found(vcpu, exit, access);
        return true;
      }
      logs[vcpu.index()].dropLast(); // it comes once more
      return false;
    }
  }

  private MmioAccess begin(Vcpu vcpu, Exit exit) {
    int kind = exit.write ? ExitLog.STORE : ExitLog.LOAD;
    long written = exit.write ? exit.value : 0;
    logs[vcpu.index()].begin(kind, exit.size, exit.nanos, exit.address, written);
    MmioAccess access = frames[vcpu.index()];
    return exit.write
        ? access.write(exit.address, exit.size, exit.value)
        : access.read(exit.address, exit.size);
  }

  private void found(Vcpu vcpu, Exit exit, MmioAccess access) {
    if (!exit.write) {
      exit.value = access.value();
      logs[vcpu.index()].found(exit.value);
    }
  }

  /** Nothing is there: a precise access fault for the guest, counted by the bus. */
  private void refuse(Vcpu vcpu, Exit exit) {
    exit.fault = true;
    logs[vcpu.index()].refused();
    lastRefusal =
        new Refusal(vcpu.name(), exit.write, exit.address, exit.size, vcpu.cpu().register("pc"));
  }

  private void hypercall(Vcpu vcpu, Exit exit) {
    SbiCall call = new SbiCall(harts.get(vcpu.index()).hart(), vcpu);
    logs[vcpu.index()].begin(
        ExitLog.CALL, call.function(), exit.nanos, call.extension(), call.argument(0));
    sbi.serve(call);
  }

  private void fault(Vcpu vcpu, Exit exit) {
    failure.met(vcpu.index(), vcpu.name() + ": " + exit.detail);
  }

  /** The last exits of a hart, the oldest first; exact while it stands still. */
  List<ExitLog.Entry> log(int hart) {
    return logs[hart].entries();
  }

  /** The last access that met no device, in words; empty if there was none. */
  String lastRefusal() {
    Refusal last = lastRefusal;
    return last == null ? "" : last.toString();
  }

  /** Gives the portals' slots back. */
  static void unbind(SystemCalls kernel, int firstSlot) {
    for (int reason :
        new int[] {Exit.MMIO_READ, Exit.MMIO_WRITE, Exit.HYPERCALL, Exit.FAULT, Exit.BREAK}) {
      KernelSlots.require(kernel.revoke(firstSlot + reason), "revoke a portal");
    }
  }
}
