package atoll.engine.hart;

import atoll.cpu.Exit;
import atoll.cpu.ExitServer;
import atoll.engine.decode.Predecoder;
import atoll.engine.mmu.Access;
import atoll.state.Unsaved;

/**
 * The access outside RAM that one of a hart's instructions waits for: begun by the instruction,
 * served by the monitor, at once if that can be, and else ended when the hart runs again.
 */
@Unsaved("settled before a state is taken")
public final class DeviceAccess {
  private final SoftHart hart;

  /** What the monitor sees of it. */
  final Exit exit = new Exit();

  /** The packed instruction, or 0 if none waits. */
  private long waiting;

  private long address;

  /** Whether that is an address of a guest's. */
  private boolean guestAddress;

  DeviceAccess(SoftHart hart) {
    this.hart = hart;
  }

  /** A load or store has left RAM. */
  void begin(boolean write, long va, long pa, int size, long value) {
    if (hart.stops.refusesDevice()) {
      return;
    }
    exit.address = pa;
    exit.size = size;
    exit.value = value;
    exit.write = write;
    exit.fault = false;
    address = va;
    guestAddress = hart.mmu.accessesGuest();
    hart.outcome = Outcome.MMIO;
  }

  /** Names the instruction that waits; called when the executor is about to be left. */
  void await(long packed) {
    waiting = packed;
  }

  /**
   * Has the access that an instruction has just begun served while the hart stays where it is.
   *
   * @param pc the instruction's address
   * @param left the slice's remaining instructions, this one included
   * @return what the instruction comes to: {@link Outcome#MMIO} still, if the hart must be left for
   *     it
   */
  public int serve(long packed, long pc, int left) {
    ExitServer server = exit.server;
    if (server == null || hart.trace() != null || hart.stops.singly()) {
      return Outcome.MMIO;
    }
    hart.pc = pc;
    hart.outcome = Outcome.NEXT;
    await(packed);
    boolean inBlock = hart.state.owns();
    long epoch = inBlock ? 0 : hart.mmu.data.epoch();
    int served =
        hart.loop.serveInside(server, exit.write ? Exit.MMIO_WRITE : Exit.MMIO_READ, left - 1);
    if (inBlock) {
      hart.state.load(hart); // somebody may have asked for registers
    }
    if (served == ExitServer.DECLINED) {
      hart.outcome = Outcome.MMIO;
      return Outcome.MMIO;
    }
    complete();
    if (!goesOn(served)) {
      return Outcome.LEAVE;
    }
    // If the memory map has changed the code behind is another; translated code looks by itself.
    return inBlock || hart.mmu.data.epoch() == epoch ? Outcome.NEXT : Outcome.REDIRECT;
  }

  /** Whether nothing has come up that is to be attended to before the next instruction. */
  private boolean goesOn(int served) {
    if (served == ExitServer.LEAVE) {
      hart.limit.kick();
    }
    return !hart.limit.kicked()
        && hart.rendezvous().servedAll()
        && !hart.trapUnit.interruptReady(exit.nanos);
  }

  /** Whether an instruction waits. */
  boolean awaited() {
    return waiting != 0;
  }

  /** No instruction waits any more. */
  void reset() {
    waiting = 0;
  }

  /** Ends the instruction that has waited. */
  void complete() {
    long packed = waiting;
    waiting = 0;
    if (exit.fault) {
      refuse();
      return;
    }
    if (!exit.write) {
      LoadStoreUnit.deliverServed(hart, packed, exit.value);
    }
    hart.pc += Predecoder.bytes(packed);
    show();
  }

  /** No device has answered: the instruction traps, and has not retired. */
  private void refuse() {
    hart.state.save(hart); // the trap may show the registers
    hart.retired.unretire();
    show();
    hart.trapUnit.raise(Access.accessFault(exit.write ? Access.WRITE : Access.READ), address);
    hart.trapUnit.guestAddress(guestAddress);
  }

  private void show() {
    TraceUnit trace = hart.trace();
    if (trace != null) {
      hart.state.save(hart);
      trace.served();
    }
  }
}
