package atoll.engine.x64;

import static atoll.emit.X64Assembler.*;
import static atoll.engine.x64.Trampolines.state;

import atoll.emit.X64Assembler;
import atoll.engine.Privilege;
import atoll.engine.hart.StateBlock;
import atoll.engine.hart.TrapRegisters;
import atoll.engine.mmu.Mstatus;
import atoll.isa.Cause;

/**
 * Subroutines for the way into a kernel and back: {@code ecall} of U mode to S mode (priv §10.1.2)
 * and {@code sret} of S mode (§10.1.1.1).
 *
 * <p>They use RAX, RCX and RDX, and leave the program counter to go on at in RAX. If the carry flag
 * is set they have done nothing, and Java must execute the instruction: where {@link
 * StateBlock#TRAPS_READY} says that more depends on it than what is done here, and where an
 * interrupt may be waiting to be enabled.
 */
final class X64Traps {
  private static final int SPIE_OVER_SIE = 4;

  /** {@code ecall} at the program counter in RAX. */
  final int call;

  /** {@code sret}. */
  final int supervisorReturn;

  private final X64Assembler a;

  /** Emits them. */
  X64Traps(X64Assembler assembler) {
    a = assembler;
    call = a.here();
    emitCall();
    supervisorReturn = a.here();
    emitReturn();
  }

  private static long trap(int register) {
    return state(StateBlock.SUPERVISOR_TRAP + register);
  }

  private void emitCall() {
    int refuse = a.label();
    int sumSet = a.label();
    int chosen = a.label();
    begin(Privilege.USER, refuse);
    a.store(true, trap(TrapRegisters.EPC), RAX);
    a.storeImmediate(true, trap(TrapRegisters.CAUSE), Cause.ECALL_U);
    a.storeImmediate(true, trap(TrapRegisters.TVAL), 0);
    a.storeImmediate(true, state(StateBlock.RESERVATION), 0);
    a.aluImmediate(ADD, true, state(StateBlock.CALLS), 1);
    a.load(true, RAX, state(StateBlock.STATUS));
    a.mov32(RDX, RAX);
    a.aluImmediate(AND, false, RDX, (int) Mstatus.SIE);
    a.shift(SHL, false, RDX, SPIE_OVER_SIE);
    a.aluImmediate(AND, true, RAX, (int) ~(Mstatus.SPP | Mstatus.SPIE | Mstatus.SIE));
    a.alu(OR, true, RAX, RDX);
    a.store(true, state(StateBlock.STATUS), RAX);
    a.testImmediate(false, RAX, (int) Mstatus.SUM);
    a.jump(NOT_EQUAL, sumSet);
    a.lea(true, RCX, state(StateBlock.SUM_CLEAR));
    a.jump(chosen);
    a.bind(sumSet);
    a.lea(true, RCX, state(StateBlock.SUM_SET));
    a.bind(chosen);
    enter(Privilege.SUPERVISOR, StateBlock.SUPERVISOR_JUMPS, StateBlock.ZERO_SUPERVISOR);
    a.load(true, RAX, trap(TrapRegisters.TVEC));
    a.aluImmediate(AND, true, RAX, -4);
    end(refuse);
  }

  private void emitReturn() {
    int refuse = a.label();
    int within = a.label();
    begin(Privilege.SUPERVISOR, refuse);
    a.aluImmediate(CMP, false, state(StateBlock.HINT), 0);
    a.jump(NOT_EQUAL, refuse);
    a.load(true, RAX, state(StateBlock.STATUS));
    a.testImmediate(false, RAX, (int) Mstatus.TSR);
    a.jump(NOT_EQUAL, refuse);
    a.storeImmediate(false, state(StateBlock.RETURNED), 1);
    a.mov32(RCX, RAX);
    a.mov32(RDX, RAX);
    a.aluImmediate(AND, false, RDX, (int) Mstatus.SPIE);
    a.shift(SHR, false, RDX, SPIE_OVER_SIE);
    a.aluImmediate(AND, true, RAX, (int) ~(Mstatus.SPP | Mstatus.SIE));
    a.aluImmediate(OR, true, RAX, (int) Mstatus.SPIE);
    a.alu(OR, true, RAX, RDX);
    a.store(true, state(StateBlock.STATUS), RAX);
    a.testImmediate(false, RCX, (int) Mstatus.SPP);
    a.jump(NOT_EQUAL, within);
    a.lea(true, RCX, state(StateBlock.USER_TLB));
    enter(Privilege.USER, StateBlock.USER_JUMPS, StateBlock.ZERO_USER);
    a.bind(within);
    a.load(true, RAX, trap(TrapRegisters.EPC));
    end(refuse);
  }

  /** Goes to {@code refuse} unless the hart is in a mode from which this can be done here. */
  private void begin(int privilege, int refuse) {
    a.aluImmediate(CMP, false, state(StateBlock.PRIVILEGE), privilege);
    a.jump(NOT_EQUAL, refuse);
    a.aluImmediate(CMP, false, state(StateBlock.TRAPS_READY), 0);
    a.jump(EQUAL, refuse);
  }

  /**
   * Puts the hart into a mode with the TLB that RCX addresses; uses RDX.
   *
   * @param jumps where its jump cache is
   * @param zero whether it may execute {@code cbo.zero}
   */
  private void enter(int privilege, int jumps, int zero) {
    for (int i = 0; i < StateBlock.TLB_BYTES; i += Long.BYTES) {
      a.load(true, RDX, at(RCX, i));
      a.store(true, state(StateBlock.TLB_READ + i), RDX);
    }
    a.load(true, RDX, state(jumps));
    a.store(true, state(StateBlock.JUMP_CACHE), RDX);
    a.load(false, RDX, state(jumps + StateBlock.MASK));
    a.store(false, state(StateBlock.JUMP_MASK), RDX);
    a.load(false, RDX, state(zero));
    a.store(false, state(StateBlock.ZERO_READY), RDX);
    a.storeImmediate(false, state(StateBlock.PRIVILEGE), privilege);
    a.storeImmediate(false, state(StateBlock.SUM_CHOOSES), privilege == Privilege.USER ? 0 : 1);
  }

  private void end(int refuse) {
    a.clearCarry();
    a.ret();
    a.bind(refuse);
    a.setCarry();
    a.ret();
  }
}
