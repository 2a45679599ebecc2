package atoll.engine.x64;

import static atoll.emit.X64Assembler.*;

import atoll.emit.X64Assembler;
import atoll.engine.hart.StateBlock;
import java.util.List;

/**
 * Subroutines for loads and stores that lie in two pages, both of which the TLB has.
 *
 * <p>They take the address in RAX and use RAX, RCX and RDX. If the carry flag is set they have done
 * nothing: the access lies in one page, or Java must look for the part that faults. A page that is
 * in the TLB's table for loads or stores may be accessed so as a whole, and is memory; one that
 * holds code, or is watched, is in no table for stores.
 */
final class X64PageCrossing {
  private static final int PAGE = 4096;

  private final X64Assembler a;
  private final int load;

  /** By the binary logarithm of the size. */
  private final int[] stores = new int[4];

  /** Emits them. */
  X64PageCrossing(X64Assembler assembler) {
    a = assembler;
    load = a.here();
    emitLoad();
    for (int size = 2; size <= 8; size *= 2) {
      stores[Integer.numberOfTrailingZeros(size)] = a.here();
      emitStore(size);
    }
  }

  /** Where all of them are. */
  List<Integer> places() {
    return List.of(load, stores[1], stores[2], stores[3]);
  }

  /** Loads the eight bytes at RAX into RAX, which begin with those of any smaller access. */
  int load() {
    return load;
  }

  /** Stores the low {@code size} bytes of RDX: 2, 4 or 8. */
  int store(int size) {
    return stores[Integer.numberOfTrailingZeros(size)];
  }

  /** Goes to {@code no} if the access lies in one page; uses RCX. */
  private void crosses(int size, int no) {
    a.lea(false, RCX, at(RAX, size - 1));
    a.alu(XOR, false, RCX, RAX);
    a.testImmediate(false, RCX, PAGE);
    a.jump(EQUAL, no);
  }

  /** The last eight bytes of the first page and the first of the second, shifted into place. */
  private void emitLoad() {
    int no = a.label();
    int secondMissing = a.label();
    crosses(8, no);
    Trampolines.entry(a, RCX, RAX, StateBlock.TLB_READ);
    a.mov(RDX, RAX);
    a.aluImmediate(AND, true, RDX, -PAGE);
    a.alu(CMP, true, RDX, at(RCX, 0));
    a.jump(NOT_EQUAL, no);
    a.alu(ADD, true, RDX, at(RCX, 8));
    a.load(true, RDX, at(RDX, PAGE - 8));
    a.push(RDX);
    a.lea(true, RDX, at(RAX, 8));
    a.aluImmediate(AND, true, RDX, -PAGE);
    Trampolines.entry(a, RCX, RDX, StateBlock.TLB_READ);
    a.alu(CMP, true, RDX, at(RCX, 0));
    a.jump(NOT_EQUAL, secondMissing);
    a.alu(ADD, true, RDX, at(RCX, 8));
    a.load(true, RDX, at(RDX, 0));
    a.mov32(RCX, RAX);
    a.pop(RAX);
    a.shift(SHL, false, RCX, 3);
    a.shiftByCl(SHR, true, RAX);
    a.unary(NEG, false, RCX);
    a.shiftByCl(SHL, true, RDX);
    a.alu(OR, true, RAX, RDX); // which clears the carry flag
    a.ret();
    a.bind(secondMissing);
    a.pop(RDX);
    a.bind(no);
    a.setCarry();
    a.ret();
  }

  /** Each page's bytes are written as aligned pieces: other harts may write beside them. */
  private void emitStore(int size) {
    int no = a.label();
    int missing = a.label();
    crosses(size, no);
    a.push(RBX);
    a.push(RSI);
    Trampolines.entry(a, RCX, RAX, StateBlock.TLB_WRITE);
    a.mov(RBX, RAX);
    a.aluImmediate(AND, true, RBX, -PAGE);
    a.alu(CMP, true, RBX, at(RCX, 0));
    a.jump(NOT_EQUAL, missing);
    a.load(true, RSI, at(RCX, 8));
    a.alu(ADD, true, RSI, RAX);
    a.aluImmediate(ADD, true, RBX, PAGE);
    Trampolines.entry(a, RCX, RBX, StateBlock.TLB_WRITE);
    a.alu(CMP, true, RBX, at(RCX, 0));
    a.jump(NOT_EQUAL, missing);
    a.alu(ADD, true, RBX, at(RCX, 8));
    a.mov32(RCX, RAX);
    a.unary(NEG, false, RCX); // its lowest bits: how many bytes the first page has
    for (int piece = 1; piece < size; piece *= 2) {
      storePiece(piece, RSI);
    }
    a.lea(false, RCX, at(RAX, size)); // the same of the second
    for (int piece = size / 2; piece > 0; piece /= 2) {
      storePiece(piece, RBX);
    }
    a.pop(RSI);
    a.pop(RBX);
    a.clearCarry();
    a.ret();
    a.bind(missing);
    a.pop(RSI);
    a.pop(RBX);
    a.bind(no);
    a.setCarry();
    a.ret();
  }

  /** Stores that many bytes of RDX at {@code to} if RCX has the bit set, and goes on behind. */
  private void storePiece(int bytes, int to) {
    int without = a.label();
    a.testImmediate(false, RCX, bytes);
    a.jump(EQUAL, without);
    switch (bytes) {
      case 1 -> a.store8(at(to, 0), RDX);
      case 2 -> a.store16(at(to, 0), RDX);
      default -> a.store(false, at(to, 0), RDX);
    }
    a.shift(SHR, true, RDX, 8 * bytes);
    a.aluImmediate(ADD, true, to, bytes);
    a.bind(without);
  }
}
