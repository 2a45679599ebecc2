package atoll.engine.hart;

import atoll.cpu.Cpu;
import atoll.engine.Interrupts;
import atoll.engine.Privilege;
import atoll.engine.Tracer;
import atoll.engine.TrapLoop;
import atoll.engine.mmu.Mstatus;
import atoll.engine.mmu.PageWalker;
import atoll.isa.Cause;
import atoll.state.Unsaved;
import java.util.Optional;

/** Takes a hart's exceptions and interrupts, and returns from their handlers. */
@Unsaved("of the trap that is being taken")
public final class TrapUnit {
  /** No interrupt is to be taken. */
  private static final int NONE = -1;

  // Which mode takes an interrupt; its number is in the bits below.
  private static final int MACHINE = 1 << 8;
  private static final int HYPERVISOR = 2 << 8;
  private static final int GUEST = 3 << 8;
  private static final int NUMBER = 0xff;

  private final SoftHart hart;
  private final TrapCounters counts;
  private final Hypervisor hypervisor;
  private final TrapWatch watch;

  /** The mode that the trap being taken was met in, for a tracer. */
  private String from;

  // The exception that was raised last.
  private int cause;
  private long value;

  /** Whether {@link #value} is an address in a guest's address space. */
  private boolean guestAddress;

  /** Of a guest-page fault: the address that the second stage refused; else 0. */
  private long guestPhysical;

  /** Of a guest-page fault: the pseudoinstruction, if it was the walker's own access; else 0. */
  private int pseudoInstruction;

  TrapUnit(SoftHart hart) {
    this.hart = hart;
    counts = hart.traps;
    hypervisor = hart.hypervisor;
    watch = new TrapWatch(hart);
  }

  // ------------------------------------------------------------ exceptions

  /** Notes the exception of the instruction at the hart's pc. */
  void raise(int cause, long value) {
    this.cause = cause;
    this.value = value;
    guestAddress = holdsGuestAddress(cause);
    guestPhysical = 0;
    pseudoInstruction = 0;
    hart.outcome = Outcome.EXCEPTION;
  }

  /** Notes the fault that a walk has ended in. */
  void raise(PageWalker walker, long va) {
    raise(walker.cause, va);
    if (isGuestPageFault(walker.cause)) {
      guestPhysical = walker.guestPhysical;
      pseudoInstruction = walker.pseudoInstruction;
    }
  }

  /** Notes that the mode may not do something. */
  public void refuse(Permission permission) {
    raise(
        permission == Permission.VIRTUAL ? Cause.VIRTUAL_INSTRUCTION : Cause.ILLEGAL_INSTRUCTION,
        0);
  }

  /**
   * {@code ecall}: to the hypervisor if that is what stands above, else an exception.
   *
   * @param next the address behind it
   * @return what it comes to
   */
  public int environmentCall(long next) {
    boolean supervisor = hart.privilege == Privilege.SUPERVISOR;
    if (hart.hosted() && supervisor && !hart.virtual) {
      counts.exception(Cause.ECALL_S, Privilege.SUPERVISOR);
      hart.pc = next;
      hart.outcome = Outcome.HYPERCALL;
    } else {
      raise(hart.virtual && supervisor ? Cause.ECALL_VS : Cause.ECALL_U + hart.privilege, 0);
    }
    return hart.outcome;
  }

  private static boolean isGuestPageFault(int cause) {
    return switch (cause) {
      case Cause.INSTRUCTION_GUEST_PAGE_FAULT,
          Cause.LOAD_GUEST_PAGE_FAULT,
          Cause.STORE_GUEST_PAGE_FAULT ->
          true;
      default -> false;
    };
  }

  /** Whether the trap value is an address, and a guest's: what GVA says (priv §18.2.1). */
  private boolean holdsGuestAddress(int cause) {
    return switch (cause) {
      case Cause.LOAD_MISALIGNED,
          Cause.LOAD_ACCESS_FAULT,
          Cause.STORE_MISALIGNED,
          Cause.STORE_ACCESS_FAULT,
          Cause.LOAD_PAGE_FAULT,
          Cause.STORE_PAGE_FAULT,
          Cause.LOAD_GUEST_PAGE_FAULT,
          Cause.STORE_GUEST_PAGE_FAULT ->
          hart.mmu.accessesGuest();
      case Cause.INSTRUCTION_ACCESS_FAULT,
          Cause.BREAKPOINT,
          Cause.INSTRUCTION_PAGE_FAULT,
          Cause.INSTRUCTION_GUEST_PAGE_FAULT ->
          hart.virtual;
      default -> false;
    };
  }

  /** Says that the address of the raised exception is, or is not, a guest's. */
  void guestAddress(boolean guest) {
    guestAddress = guest;
  }

  /** Corrects the address that a raised exception reports, to another in the same page. */
  void at(long address) {
    if (isGuestPageFault(cause) && pseudoInstruction == 0) {
      guestPhysical += address - value;
    }
    value = address;
  }

  /** See {@link atoll.engine.Hart#unhandled}. */
  Optional<TrapLoop> unhandled() {
    return watch.unhandled();
  }

  /** Takes the exception that has been raised, if the guest has a handler for it. */
  void takeException() {
    int raised = cause;
    long instruction = 0;
    if (raised == Cause.ILLEGAL_INSTRUCTION || raised == Cause.VIRTUAL_INSTRUCTION) {
      int bits = instructionBits();
      value = (bits & 3) == 3 ? bits & 0xffff_ffffL : bits & 0xffffL;
    } else if (isGuestPageFault(raised)) {
      instruction = trapInstruction();
    }
    counts.exception(raised, hart.privilege);
    if (watch.ends(raised, value)) {
      return;
    }
    noteMode();
    boolean machine = hart.privilege == Privilege.MACHINE || (hart.medeleg >>> raised & 1) == 0;
    if (machine && hart.hosted()) {
      watch.endsUnhandled(raised, value);
      hart.fault(
          "exception %d (tval 0x%x) at pc 0x%x in %s mode has no handler"
              .formatted(raised, value, hart.pc, hart.modeName()));
    } else if (machine) {
      enterMachine(raised, value, 0, instruction);
    } else if (hart.virtual && (hypervisor.hedeleg >>> raised & 1) != 0) {
      enterSupervisor(raised, value, 0);
    } else {
      enterHypervisor(raised, value, 0, instruction);
    }
  }

  /** What {@code htinst} or {@code mtinst} tells of a guest-page fault (priv §18.6.3). */
  private long trapInstruction() {
    if (pseudoInstruction != 0 || cause == Cause.INSTRUCTION_GUEST_PAGE_FAULT) {
      return pseudoInstruction;
    }
    return TransformedInstruction.of(instructionBits(), value, hart.x);
  }

  /** The bits at the hart's pc; reading them leaves what has been raised alone. */
  private int instructionBits() {
    int raised = cause;
    long address = value;
    boolean guest = guestAddress;
    long physical = guestPhysical;
    int pseudo = pseudoInstruction;
    int bits = hart.memory.peekInstruction(hart.pc);
    cause = raised;
    value = address;
    guestAddress = guest;
    guestPhysical = physical;
    pseudoInstruction = pseudo;
    return bits;
  }

  // ------------------------------------------------------------ interrupts

  /**
   * Whether an interrupt would be taken now. Has translated code know whether one waits to be
   * enabled.
   */
  public boolean interruptReady() {
    return interruptReady(Cpu.UNKNOWN);
  }

  /** The same at a time. */
  boolean interruptReady(long now) {
    return ready(known(enabled(now))) != NONE;
  }

  private long known(long enabled) {
    hart.state.putInt(StateBlock.HINT, enabled == 0 ? 0 : 1);
    return enabled;
  }

  /**
   * Whether {@code ecall} in U mode and {@code sret} in S mode change nothing but {@code sstatus},
   * {@code sepc}, {@code scause}, {@code stval}, the mode and the TLBs that follow from it.
   */
  public boolean inPlace() {
    boolean own = !hart.virtual && (hart.mstatus & Mstatus.MPRV) == 0;
    return own
        && (hart.medeleg >>> Cause.ECALL_U & 1) != 0
        && (hypervisor.hstatus & (Hstatus.SPV | Hstatus.GVA)) == 0
        && (hypervisor.htval | hypervisor.htinst) == 0
        && hart.trace() == null
        && hart.mmu.modesInPlace();
  }

  /** Interrupts that are pending at a time and enabled by themselves. */
  private long enabled(long now) {
    return hart.mie == 0 ? 0 : hart.interrupts.pending(now) & hart.mie;
  }

  /**
   * Takes the interrupt that is due, if there is one, and has translated code know whether one
   * waits to be enabled.
   *
   * @param now the time if the caller has it, or {@link Cpu#UNKNOWN}
   */
  void deliverInterrupt(long now) {
    int ready = ready(known(enabled(now)));
    if (ready == NONE) {
      return;
    }
    int number = ready & NUMBER;
    counts.interrupt(number);
    noteMode();
    guestAddress = false;
    guestPhysical = 0;
    switch (ready & ~NUMBER) {
      case MACHINE -> enterMachine(Cause.INTERRUPT | number, 0, number, 0);
      case HYPERVISOR -> enterHypervisor(Cause.INTERRUPT | number, 0, number, 0);
      // A guest knows its interrupts by the numbers of an ordinary supervisor's (priv §18.2.3).
      default -> enterSupervisor(Cause.INTERRUPT | number - 1, 0, number - 1);
    }
  }

  private int ready(long ready) {
    if (ready == 0) {
      return NONE;
    }
    long forMachine = ready & ~hart.mideleg;
    if (forMachine != 0 && machineOpen()) {
      return MACHINE | Interrupts.mostUrgent(forMachine);
    }
    long forHypervisor = ready & hart.mideleg & ~hypervisor.hideleg;
    if (forHypervisor != 0 && (hart.virtual || supervisorOpen())) {
      return HYPERVISOR | Interrupts.mostUrgent(forHypervisor);
    }
    long forGuest = ready & hypervisor.hideleg;
    if (forGuest != 0 && hart.virtual && supervisorOpen()) {
      return GUEST | Interrupts.mostUrgent(forGuest);
    }
    return NONE;
  }

  private boolean machineOpen() {
    return hart.privilege != Privilege.MACHINE || (hart.mstatus & Mstatus.MIE) != 0;
  }

  private boolean supervisorOpen() {
    return hart.privilege == Privilege.USER
        || (hart.privilege == Privilege.SUPERVISOR && (hart.mstatus & Mstatus.SIE) != 0);
  }

  // ------------------------------------------------------------ entries

  /** Priv §3.1.6.1, §3.1.7, §18.6.2. */
  private void enterMachine(long cause, long value, int vector, long instruction) {
    boolean wasVirtual = hart.virtual;
    hypervisor.virtual(false);
    hypervisor.mtval2 = guestPhysical >>> 2;
    hypervisor.mtinst = instruction;
    long status = hart.mstatus;
    hart.mstatus =
        status & ~(Mstatus.MPP | Mstatus.MPIE | Mstatus.MIE | Mstatus.MPV | Mstatus.GVA)
            | (long) hart.privilege << Mstatus.MPP_SHIFT
            | ((status & Mstatus.MIE) != 0 ? Mstatus.MPIE : 0)
            | (wasVirtual ? Mstatus.MPV : 0)
            | (guestAddress ? Mstatus.GVA : 0);
    enter(Privilege.MACHINE, hart.machine, cause, value, vector);
  }

  /** Into S mode, or HS mode, which is the same; from V as well (priv §18.6.2). */
  private void enterHypervisor(long cause, long value, int vector, long instruction) {
    long status = hypervisor.hstatus & ~(Hstatus.SPV | Hstatus.GVA);
    if (hart.virtual) {
      boolean supervisor = hart.privilege == Privilege.SUPERVISOR;
      status = status & ~Hstatus.SPVP | Hstatus.SPV | (supervisor ? Hstatus.SPVP : 0);
      hypervisor.virtual(false);
    }
    hypervisor.hstatus = status | (guestAddress ? Hstatus.GVA : 0);
    hypervisor.htval = guestPhysical >>> 2;
    hypervisor.htinst = instruction;
    enterSupervisor(cause, value, vector);
  }

  /** Into the S mode whose registers are in force (priv §10.1.2). */
  private void enterSupervisor(long cause, long value, int vector) {
    long status = hart.mstatus;
    hart.mstatus =
        status & ~(Mstatus.SPP | Mstatus.SPIE | Mstatus.SIE)
            | (hart.privilege == Privilege.SUPERVISOR ? Mstatus.SPP : 0)
            | ((status & Mstatus.SIE) != 0 ? Mstatus.SPIE : 0);
    enter(Privilege.SUPERVISOR, hart.supervisor, cause, value, vector);
  }

  /** Notes the mode that a trap is taken from, before it changes. */
  private void noteMode() {
    if (hart.trace() != null) {
      from = hart.modeName();
    }
  }

  private void enter(int to, TrapRegisters registers, long cause, long value, int vector) {
    hart.memory.clearReservation();
    long met = hart.pc;
    registers.epc(met);
    registers.cause(cause);
    registers.tval(value);
    long base = registers.tvec();
    hart.pc = (base & ~3L) + ((base & 1) != 0 ? 4L * vector : 0);
    hart.privilege = to;
    hart.updateTranslation();
    if (hart.trace() != null) {
      hart.trace().trapped(new Tracer.Trap(cause, met, value, from, hart.modeName(), hart.pc));
    }
  }

  // ------------------------------------------------------------ returns

  /** {@code mret} (priv §3.3.2, §18.6.4). */
  public void returnFromMachine() {
    long status = hart.mstatus;
    int to = (int) ((status & Mstatus.MPP) >>> Mstatus.MPP_SHIFT);
    boolean virtual = (status & Mstatus.MPV) != 0 && to != Privilege.MACHINE;
    status &= ~(Mstatus.MPP | Mstatus.MPV | Mstatus.MIE | Mstatus.MPIE);
    status |= Mstatus.MPIE | ((hart.mstatus & Mstatus.MPIE) != 0 ? Mstatus.MIE : 0);
    leaveTo(to, virtual, status, hart.machine.epc());
  }

  /** {@code sret} (priv §10.1.1.1, §18.6.4): V stays set, or becomes what {@code hstatus} says. */
  public void returnFromSupervisor() {
    long status = hart.mstatus;
    int to = (status & Mstatus.SPP) != 0 ? Privilege.SUPERVISOR : Privilege.USER;
    boolean virtual = hart.virtual || (hypervisor.hstatus & Hstatus.SPV) != 0;
    if (!hart.virtual) {
      hypervisor.hstatus &= ~Hstatus.SPV;
    }
    status &= ~(Mstatus.SPP | Mstatus.SIE | Mstatus.SPIE);
    status |= Mstatus.SPIE | ((hart.mstatus & Mstatus.SPIE) != 0 ? Mstatus.SIE : 0);
    leaveTo(to, virtual, status, hart.supervisor.epc());
  }

  private void leaveTo(int to, boolean virtual, long status, long pc) {
    watch.returned();
    hart.pc = pc;
    hart.mstatus = to == Privilege.MACHINE ? status : status & ~Mstatus.MPRV;
    hart.privilege = to;
    hypervisor.virtual(virtual);
    hart.updateTranslation();
  }
}
