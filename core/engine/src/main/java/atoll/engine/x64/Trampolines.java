package atoll.engine.x64;

import static atoll.emit.X64Assembler.*;

import atoll.emit.X64Assembler;
import atoll.engine.hart.StateBlock;
import atoll.engine.mmu.JumpCache;
import atoll.engine.mmu.Mstatus;
import atoll.engine.mmu.Tlb;
import atoll.engine.target.CodeExit;
import atoll.verify.Routines;
import java.util.Arrays;
import java.util.HashSet;
import java.util.Set;

/**
 * The way into translated code and out of it, on x86-64.
 *
 * <p>Guest registers that programs use most are pinned to host registers everywhere outside of
 * regions; the others are in the {@link StateBlock}, which RBP addresses. R15 holds what is left of
 * the slice. RAX, RCX and RDX are scratch. RSP is the thread's own stack, as the JVM's signal
 * handlers need it.
 */
final class Trampolines {
  /** The host register of what is left of the slice. */
  public static final int LEFT = R15;

  /** Host registers that may hold guest registers. */
  static final int[] PINNABLE = {RBX, RSI, RDI, R8, R9, R10, R11, R12, R13, R14};

  /** The guest registers that they hold outside of regions: sp s0 s1 a0 a1 a2 a3 a4 a5 a6. */
  static final int[] PINNED = {2, 8, 9, 10, 11, 12, 13, 14, 15, 16};

  private static final int[] CALLEE_SAVED = {RBX, RBP, R12, R13, R14, R15};
  private static final int ALIGNMENT = 8;

  /** Offsets in the code area. */
  int enter;

  /** Leaves with the exit code in EAX. */
  public int exit;

  /** The same, to be called: the return address becomes {@link StateBlock#RESUME}. */
  public int exitResumably;

  /**
   * Goes to the program counter in RAX, which the jump cache does not have in the entry that RDX
   * addresses: by the entry's neighbour, or out of translated code.
   */
  int lookUpAgain;

  /** Loads and stores that lie in two pages. */
  final X64PageCrossing crossing;

  /** Calls of a kernel and returns from it. */
  final X64Traps traps;

  /** See {@link X64Fences}. */
  final int fencePage;

  /** By the binary logarithm of an access's size, for loads and for stores. */
  private final int[] refillRead = new int[4];

  private final int[] refillWrite = new int[4];

  /** See {@link X64SlotFiller}. */
  public final int fillSlots;

  /** The host register of each guest register outside of regions, or -1. */
  public static int[] pinnedMap() {
    int[] map = new int[32];
    Arrays.fill(map, -1);
    for (int i = 0; i < PINNED.length; i++) {
      map[PINNED[i]] = PINNABLE[i];
    }
    return map;
  }

  /** The memory of a field or register of the state block. */
  public static long state(int offset) {
    return at(RBP, offset);
  }

  Trampolines(X64Assembler a) {
    enter = a.here();
    for (int r : CALLEE_SAVED) {
      a.push(r);
    }
    a.aluImmediate(SUB, true, RSP, ALIGNMENT);
    a.mov(RAX, RDI);
    a.mov(RBP, RSI);
    int integerOnly = a.label();
    a.aluImmediate(CMP, false, state(StateBlock.FLOAT_USED), 0);
    a.jump(EQUAL, integerOnly);
    a.ldmxcsr(state(StateBlock.FLOAT_CONTROL));
    a.bind(integerOnly);
    a.load(true, LEFT, state(StateBlock.LEFT));
    for (int i = 0; i < PINNED.length; i++) {
      a.load(true, PINNABLE[i], state(StateBlock.x(PINNED[i])));
    }
    a.jumpRegister(RAX);

    exitResumably = a.here();
    a.pop(state(StateBlock.RESUME));
    exit = a.here();
    for (int i = 0; i < PINNED.length; i++) {
      a.store(true, state(StateBlock.x(PINNED[i])), PINNABLE[i]);
    }
    a.store(true, state(StateBlock.LEFT), LEFT);
    int done = a.label();
    a.aluImmediate(CMP, false, state(StateBlock.FLOAT_USED), 0);
    a.jump(EQUAL, done);
    a.stmxcsr(state(StateBlock.FLOAT_CONTROL));
    a.ldmxcsr(state(StateBlock.HOST_FLOAT_CONTROL));
    a.bind(done);
    a.aluImmediate(ADD, true, RSP, ALIGNMENT);
    for (int i = CALLEE_SAVED.length - 1; i >= 0; i--) {
      a.pop(CALLEE_SAVED[i]);
    }
    a.ret();

    emitLookUpAgain(a);
    writeStatus(a);
    writeEnable(a);
    for (int i = 0; i < 4; i++) {
      refillRead[i] = a.here();
      emitRefill(a, StateBlock.TLB_READ, 1 << i);
      refillWrite[i] = a.here();
      emitRefill(a, StateBlock.TLB_WRITE, 1 << i);
    }
    crossing = new X64PageCrossing(a);
    traps = new X64Traps(a);
    fillSlots = new X64SlotFiller(a).start;
    fencePage = new X64Fences(a).start;
  }

  /**
   * Fills the slot at RDX with the TLB's entry for an access to the address in RAX. Sets the carry
   * flag and leaves RAX alone if there is none, or if the access does not end in that page.
   */
  int refill(boolean store, int size) {
    return (store ? refillWrite : refillRead)[Integer.numberOfTrailingZeros(size)];
  }

  /**
   * {@code sstatus} = RAX, where nothing follows from it that Java must do; else sets the carry
   * flag and changes nothing. Uses RAX, RCX and RDX.
   */
  int writeStatus;

  /** The same where only bits of an immediate change: which TLB is used stays as it is. */
  int writeEnable;

  private void writeEnable(X64Assembler a) {
    writeEnable = a.here();
    int refuse = a.label();
    changed(a, Mstatus.SIE, refuse);
    checkEnable(a, refuse);
    a.alu(XOR, true, state(StateBlock.STATUS), RDX);
    end(a, refuse);
  }

  /** RDX = the bits that change, of those that a write may change. */
  private static void changed(X64Assembler a, long writable, int refuse) {
    a.load(true, RCX, state(StateBlock.STATUS));
    a.mov32(RDX, RAX);
    a.alu(XOR, false, RDX, RCX);
    a.aluImmediate(AND, false, RDX, (int) writable);
    a.aluImmediate(CMP, false, state(StateBlock.SUM_CHOOSES), 0);
    a.jump(EQUAL, refuse);
  }

  /** Interrupts may be enabled here only if none is waiting. */
  private static void checkEnable(X64Assembler a, int refuse) {
    int noEnable = a.label();
    a.testImmediate(false, RDX, (int) Mstatus.SIE);
    a.jump(EQUAL, noEnable);
    a.testImmediate(false, RAX, (int) Mstatus.SIE);
    a.jump(EQUAL, noEnable);
    a.aluImmediate(CMP, false, state(StateBlock.HINT), 0);
    a.jump(NOT_EQUAL, refuse);
    a.bind(noEnable);
  }

  private static void end(X64Assembler a, int refuse) {
    a.clearCarry();
    a.ret();
    a.bind(refuse);
    a.setCarry();
    a.ret();
  }

  private void writeStatus(X64Assembler a) {
    writeStatus = a.here();
    int refuse = a.label();
    int noFloat = a.label();
    int floatOff = a.label();
    int noSum = a.label();
    int sumSet = a.label();
    int commit = a.label();
    changed(a, Mstatus.S_WRITABLE, refuse);
    a.testImmediate(false, RDX, (int) Mstatus.MXR);
    a.jump(NOT_EQUAL, refuse);
    checkEnable(a, refuse);
    a.testImmediate(false, RDX, (int) Mstatus.FS);
    a.jump(EQUAL, noFloat);
    a.mov32(RCX, RAX);
    a.aluImmediate(AND, false, RCX, (int) Mstatus.FS);
    a.aluImmediate(CMP, false, RCX, (int) Mstatus.FS_DIRTY);
    a.jump(NOT_EQUAL, floatOff);
    a.aluImmediate(CMP, false, state(StateBlock.FLOAT_USED), 0);
    a.jump(EQUAL, refuse);
    a.load(false, RCX, state(StateBlock.ROUNDING_KNOWN));
    a.store(false, state(StateBlock.FLOAT_READY), RCX);
    a.jump(noFloat);
    a.bind(floatOff);
    a.storeImmediate(false, state(StateBlock.FLOAT_READY), 0);
    a.bind(noFloat);
    a.alu(XOR, true, state(StateBlock.STATUS), RDX);
    a.testImmediate(false, RDX, (int) Mstatus.SUM);
    a.jump(EQUAL, noSum);
    a.testImmediate(false, RAX, (int) Mstatus.SUM);
    a.jump(NOT_EQUAL, sumSet);
    a.lea(true, RCX, state(StateBlock.SUM_CLEAR));
    a.jump(commit);
    a.bind(sumSet);
    a.lea(true, RCX, state(StateBlock.SUM_SET));
    a.bind(commit);
    for (int i = 0; i < 24; i += 8) {
      a.load(true, RDX, at(RCX, i));
      a.store(true, state(StateBlock.TLB_READ + i), RDX);
    }
    a.bind(noSum);
    end(a, refuse);
  }

  /** What the verifier is told of all this, which lies before {@code end}. */
  Routines routines(int end) {
    Set<Integer> others = new HashSet<>(crossing.places());
    others.add(writeEnable);
    return new Routines(
        end,
        exit,
        exitResumably,
        lookUpAgain,
        fillSlots,
        setOf(refillRead),
        setOf(refillWrite),
        others,
        Set.of(writeStatus, traps.call, traps.supervisorReturn, fencePage));
  }

  private static Set<Integer> setOf(int... places) {
    Set<Integer> set = new HashSet<>();
    for (int place : places) {
      set.add(place);
    }
    return set;
  }

  private static void emitRefill(X64Assembler a, int table, int size) {
    int none = a.label();
    entry(a, RCX, RAX, table);
    a.alu(SUB, true, RAX, at(RCX, 0));
    a.aluImmediate(CMP, true, RAX, 4096 - size);
    a.jump(ABOVE, none);
    a.load(true, RAX, at(RCX, 0));
    a.store(true, at(RDX, 0), RAX);
    a.load(true, RAX, at(RCX, 8));
    a.store(true, at(RDX, 8), RAX);
    a.clearCarry();
    a.ret();
    a.bind(none);
    a.alu(ADD, true, RAX, at(RCX, 0));
    a.setCarry();
    a.ret();
  }

  private void emitLookUpAgain(X64Assembler a) {
    lookUpAgain = a.here();
    int miss = a.label();
    a.aluImmediate(XOR, true, RDX, JumpCache.NEIGHBOUR);
    a.alu(CMP, true, RAX, at(RDX, 0));
    a.jump(NOT_EQUAL, miss);
    a.aluImmediate(AND, true, RAX, (int) Tlb.PAGE_MASK);
    a.store(true, state(StateBlock.PAGE_VA), RAX);
    a.jump(at(RDX, 8));
    a.bind(miss);
    a.store(true, state(StateBlock.TARGET), RAX);
    a.constant(RAX, CodeExit.LOOKUP);
    a.jumpTo(exit);
  }

  /** Puts the address of the TLB entry for the address in {@code va} into {@code to}. */
  static void entry(X64Assembler a, int to, int va, int table) {
    a.mov32(to, va);
    a.shift(SHR, false, to, Tlb.INDEX_SHIFT);
    a.aluImmediate(AND, false, to, Tlb.INDEX_MASK);
    a.alu(ADD, true, to, state(table));
  }
}
