package atoll.engine.hart;

import atoll.cpu.Exit;
import atoll.engine.decode.Predecoder;
import atoll.engine.mmu.Access;
import atoll.state.Unsaved;

/**
 * The access outside RAM that one of a hart's instructions waits for: begun by the instruction,
 * served by the monitor, and ended when the hart runs again.
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
