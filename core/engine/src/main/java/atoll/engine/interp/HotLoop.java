package atoll.engine.interp;

import atoll.engine.Engine;
import atoll.engine.decode.CodePage;
import atoll.engine.decode.Predecoder;
import atoll.engine.hart.Outcome;
import atoll.engine.hart.SoftHart;
import atoll.engine.mmu.Tlb;
import atoll.isa.Op;

/**
 * The interpreter's inner loop: one switch over groups of decoded instructions, then one within the
 * group.
 *
 * <p>Contract, each point worth 10 to 30 % when it was made (docs/performance.md):
 *
 * <ul>
 *   <li>One method below 8,000 bytes of bytecode, which is what HotSpot compiles.
 *   <li>No call in the innermost loop. An instruction that is not done inline (a TLB miss, a
 *       misaligned access, MMIO, a rarer instruction) breaks out of it to {@link ColdUnit} and
 *       comes back.
 *   <li>The innermost loop counts {@code left} down by one an instruction, so that HotSpot sees a
 *       counted loop and puts no safepoint poll into it; a slice is short enough to do without.
 *   <li>Compressed and full-size instructions share all arms. If they do not, the place of the next
 *       one does not depend on the decoded length, and the processor can run ahead; but there are
 *       twice as many arms, which costs real programs more (docs/adr/0060).
 *   <li>An expression that several groups need (a link address, a branch target) is written
 *       differently in each: HotSpot would compute it once, before the switch, for every
 *       instruction.
 *   <li>The registers are in an array made here, whose length HotSpot knows: no access to them is
 *       range-checked.
 * </ul>
 *
 * <p>A data access compares its TLB tag inline; {@link Tlb} explains the masks.
 */
public final class HotLoop implements Engine.Executor {
  private static final long SINGLE_BOX = -1L << 32;

  /**
   * A result whose magnitude lies from twice the least normal number up to infinity, the latter
   * excluded, comes from finite operands and raises nothing but inexact: with inexact raised and
   * rounding to nearest even, what the JVM computes is all there is. (At the least normal number
   * itself underflow may be raised: it is detected after rounding, unpriv §20.2.)
   */
  private static final long DOUBLE_MAGNITUDE = Long.MAX_VALUE;

  private static final long DOUBLE_LEAST = 2L << 52;
  private static final long DOUBLE_SPAN = (0x7ffL << 52) - DOUBLE_LEAST;
  private static final int SINGLE_MAGNITUDE = Integer.MAX_VALUE;
  private static final int SINGLE_LEAST = 2 << 23;
  private static final int SINGLE_SPAN = (0xff << 23) - SINGLE_LEAST;

  /** A power of two above every register number that {@link Predecoder} packs. */
  private static final int REGISTERS = 64;

  private final SoftHart hart;
  private final FetchUnit fetch;
  private final ColdUnit cold;

  public HotLoop(SoftHart hart) {
    this.hart = hart;
    fetch = new FetchUnit(hart, hart.mmu);
    cold = new ColdUnit(hart);
  }

  @Override
  @SuppressWarnings({"IntLongMath", "NarrowCalculation"}) // 32-bit results are meant to wrap
  public int execute(int limit) {
    final SoftHart hart = this.hart;
    final long[] x = new long[REGISTERS];
    System.arraycopy(hart.x, 0, x, 0, Predecoder.SINK);
    hart.x = x;
    final long[] f = hart.f;
    long pc = hart.pc;
    int left = limit;
    boolean crossing = false;
    outer:
    while (true) {
      if (left <= 0 || hart.limit.overdueAfterLong()) {
        hart.pc = pc;
        return left;
      }
      CodePage page = crossing ? fetch.single(pc) : fetch.enter(pc);
      crossing = false;
      if (page == null) {
        left--;
        if (!hart.loop.resolve(hart.outcome, 0, pc, left)) {
          return left;
        }
        pc = hart.pc;
        continue;
      }
      final long[] ops = page.piece(CodePage.parcelAt(pc));
      // The bits of a parcel's place that are set when it lies outside the piece.
      final int out = -CodePage.size(ops);
      final long base = pc & 2L * out;
      final long reads = hart.mmu.data.read;
      final long writes = hart.mmu.data.write;
      final boolean floatDirty = hart.floatDirty();
      final boolean floatFast = floatDirty && hart.roundingMode == 0 && hart.flags.inexact();
      int i = (int) (pc - base) >>> 1;
      while (true) {
        long d = 0;
        inner:
        {
          for (; left > 0; left--) {
            d = ops[i];
            int lo = (int) d;
            switch (lo >>> Predecoder.GROUP_SHIFT) {
              case Predecoder.IMMEDIATE -> {
                long a = x[lo >>> 15 & 31];
                long b = d >> 32;
                x[lo >>> 9 & 63] =
                    switch (lo & Predecoder.OP_MASK) {
                      case Op.ADDI -> a + b;
                      case Op.SLTI -> a < b ? 1 : 0;
                      case Op.SLTIU -> Long.compareUnsigned(a, b) < 0 ? 1 : 0;
                      case Op.XORI -> a ^ b;
                      case Op.ORI -> a | b;
                      case Op.ANDI -> a & b;
                      case Op.SLLI -> a << b;
                      case Op.SRLI -> a >>> b;
                      case Op.SRAI -> a >> b;
                      case Op.ADDIW -> (int) a + (int) b;
                      case Op.SLLIW -> (int) a << (int) b;
                      case Op.SRLIW -> (int) a >>> (int) b;
                      case Op.SRAIW -> (int) a >> (int) b;
                      default -> throw new AssertionError(lo);
                    };
              }
              case Predecoder.REGISTER -> {
                long a = x[lo >>> 15 & 31];
                long b = x[lo >>> 20 & 31];
                x[lo >>> 9 & 63] =
                    switch (lo & Predecoder.OP_MASK) {
                      case Op.ADD -> a + b;
                      case Op.SUB -> a - b;
                      case Op.SLL -> a << b;
                      case Op.SLT -> a < b ? 1 : 0;
                      case Op.SLTU -> Long.compareUnsigned(a, b) < 0 ? 1 : 0;
                      case Op.XOR -> a ^ b;
                      case Op.SRL -> a >>> b;
                      case Op.SRA -> a >> b;
                      case Op.OR -> a | b;
                      case Op.AND -> a & b;
                      case Op.ADDW -> (int) a + (int) b;
                      case Op.SUBW -> (int) a - (int) b;
                      case Op.SLLW -> (int) a << (int) b;
                      case Op.SRLW -> (int) a >>> (int) b;
                      case Op.SRAW -> (int) a >> (int) b;
                      case Op.MUL -> a * b;
                      case Op.MULW -> (int) a * (int) b;
                      case Op.MULHU -> Math.unsignedMultiplyHigh(a, b);
                      case Op.DIV -> Alu.div(a, b);
                      case Op.DIVU -> Alu.divu(a, b);
                      case Op.REM -> Alu.rem(a, b);
                      case Op.REMU -> Alu.remu(a, b);
                      case Op.DIVW -> Alu.divw(a, b);
                      case Op.DIVUW -> Alu.divuw(a, b);
                      case Op.REMW -> Alu.remw(a, b);
                      case Op.REMUW -> Alu.remuw(a, b);
                      default -> throw new AssertionError(lo);
                    };
              }
              case Predecoder.LOAD -> {
                long va = x[lo >>> 15 & 31] + (d >> 32);
                long entry = reads + ((va >>> Tlb.INDEX_SHIFT) & Tlb.INDEX_MASK);
                long offset = va ^ InterpretedMemory.getLong(entry);
                long hva = va + InterpretedMemory.getLong(entry + 8);
                switch (lo & Predecoder.OP_MASK) {
                  case Op.LB -> {
                    if ((offset & -4096L) != 0) {
                      break inner;
                    }
                    x[lo >>> 9 & 63] = InterpretedMemory.getByte(hva);
                  }
                  case Op.LH -> {
                    if ((offset & -4095L) != 0) {
                      break inner;
                    }
                    x[lo >>> 9 & 63] = InterpretedMemory.getShort(hva);
                  }
                  case Op.LW -> {
                    if ((offset & -4093L) != 0) {
                      break inner;
                    }
                    x[lo >>> 9 & 63] = InterpretedMemory.getInt(hva);
                  }
                  case Op.LD -> {
                    if ((offset & -4089L) != 0) {
                      break inner;
                    }
                    x[lo >>> 9 & 63] = InterpretedMemory.getLong(hva);
                  }
                  case Op.LBU -> {
                    if ((offset & -4096L) != 0) {
                      break inner;
                    }
                    x[lo >>> 9 & 63] = InterpretedMemory.getByte(hva) & 0xff;
                  }
                  case Op.LHU -> {
                    if ((offset & -4095L) != 0) {
                      break inner;
                    }
                    x[lo >>> 9 & 63] = InterpretedMemory.getShort(hva) & 0xffff;
                  }
                  case Op.LWU -> {
                    if ((offset & -4093L) != 0) {
                      break inner;
                    }
                    x[lo >>> 9 & 63] = InterpretedMemory.getInt(hva) & 0xffff_ffffL;
                  }
                  default -> throw new AssertionError(lo);
                }
              }
              case Predecoder.STORE -> {
                long va = x[lo >>> 15 & 31] + (d >> 32);
                long entry = writes + ((va >>> Tlb.INDEX_SHIFT) & Tlb.INDEX_MASK);
                long offset = va ^ InterpretedMemory.getLong(entry);
                long hva = va + InterpretedMemory.getLong(entry + 8);
                long value = x[lo >>> 20 & 31];
                switch (lo & Predecoder.OP_MASK) {
                  case Op.SB -> {
                    if ((offset & -4096L) != 0) {
                      break inner;
                    }
                    InterpretedMemory.putByte(hva, (byte) value);
                  }
                  case Op.SH -> {
                    if ((offset & -4095L) != 0) {
                      break inner;
                    }
                    InterpretedMemory.putShort(hva, (short) value);
                  }
                  case Op.SW -> {
                    if ((offset & -4093L) != 0) {
                      break inner;
                    }
                    InterpretedMemory.putInt(hva, (int) value);
                  }
                  case Op.SD -> {
                    if ((offset & -4089L) != 0) {
                      break inner;
                    }
                    InterpretedMemory.putLong(hva, value);
                  }
                  default -> throw new AssertionError(lo);
                }
              }
              case Predecoder.BRANCH -> {
                long a = x[lo >>> 15 & 31];
                long b = x[lo >>> 20 & 31];
                boolean taken =
                    switch (lo & Predecoder.OP_MASK) {
                      case Op.BEQ -> a == b;
                      case Op.BNE -> a != b;
                      case Op.BLT -> a < b;
                      case Op.BGE -> a >= b;
                      case Op.BLTU -> Long.compareUnsigned(a, b) < 0;
                      case Op.BGEU -> Long.compareUnsigned(a, b) >= 0;
                      default -> throw new AssertionError(lo);
                    };
                if (taken) {
                  i += (int) (d >> 33);
                  if ((i & out) != 0) {
                    left--;
                    pc = base + 2L * i;
                    continue outer;
                  }
                  continue;
                }
              }
              case Predecoder.LUI -> {
                x[lo >>> 9 & 63] = d >> 32;
              }
              case Predecoder.LINK -> {
                long here = base + i + i;
                switch (lo & Predecoder.OP_MASK) {
                  case Op.AUIPC -> x[lo >>> 9 & 63] = here + (d >> 32);
                  case Op.JAL -> {
                    x[lo >>> 9 & 63] = here + 2 * (lo >>> Predecoder.PARCELS_SHIFT & 3);
                    i += (int) (d >>> 32) >> 1;
                    if ((i & out) != 0) {
                      left--;
                      pc = base + 2L * i;
                      continue outer;
                    }
                    continue;
                  }
                  case Op.JALR -> {
                    long to = x[lo >>> 15 & 31] + (d >> 32) & ~1L;
                    x[lo >>> 9 & 63] = here + 2 * (lo >>> Predecoder.PARCELS_SHIFT & 3);
                    if ((to - base & 2L * out) != 0) {
                      left--;
                      pc = to;
                      continue outer;
                    }
                    i = (int) (to - base) >>> 1;
                    continue;
                  }
                  default -> throw new AssertionError(lo);
                }
              }
              case Predecoder.FLOAT_LOAD -> {
                if (!floatDirty) {
                  break inner;
                }
                long va = x[lo >>> 15 & 31] + (d >> 32);
                long entry = reads + ((va >>> Tlb.INDEX_SHIFT) & Tlb.INDEX_MASK);
                long offset = va ^ InterpretedMemory.getLong(entry);
                long hva = va + InterpretedMemory.getLong(entry + 8);
                switch (lo & Predecoder.OP_MASK) {
                  case Op.FLD -> {
                    if ((offset & -4089L) != 0) {
                      break inner;
                    }
                    f[lo >>> 9 & 31] = InterpretedMemory.getLong(hva);
                  }
                  case Op.FLW -> {
                    if ((offset & -4093L) != 0) {
                      break inner;
                    }
                    f[lo >>> 9 & 31] = InterpretedMemory.getInt(hva) | SINGLE_BOX;
                  }
                  default -> throw new AssertionError(lo);
                }
              }
              case Predecoder.FLOAT_STORE -> {
                if (!floatDirty) {
                  break inner;
                }
                long va = x[lo >>> 15 & 31] + (d >> 32);
                long entry = writes + ((va >>> Tlb.INDEX_SHIFT) & Tlb.INDEX_MASK);
                long offset = va ^ InterpretedMemory.getLong(entry);
                long hva = va + InterpretedMemory.getLong(entry + 8);
                long value = f[lo >>> 20 & 31];
                switch (lo & Predecoder.OP_MASK) {
                  case Op.FSD -> {
                    if ((offset & -4089L) != 0) {
                      break inner;
                    }
                    InterpretedMemory.putLong(hva, value);
                  }
                  case Op.FSW -> {
                    if ((offset & -4093L) != 0) {
                      break inner;
                    }
                    InterpretedMemory.putInt(hva, (int) value);
                  }
                  default -> throw new AssertionError(lo);
                }
              }
              case Predecoder.DOUBLE -> {
                if (!floatFast) {
                  break inner;
                }
                double a = Double.longBitsToDouble(f[lo >>> 15 & 31]);
                double b = Double.longBitsToDouble(f[lo >>> 20 & 31]);
                double c = Double.longBitsToDouble(f[(int) (d >>> 59)]);
                long result =
                    Double.doubleToRawLongBits(
                        switch (lo & Predecoder.OP_MASK) {
                          case Op.FADD_D -> a + b;
                          case Op.FSUB_D -> a - b;
                          case Op.FMUL_D -> a * b;
                          case Op.FDIV_D -> a / b;
                          case Op.FSQRT_D -> Math.sqrt(a);
                          case Op.FMADD_D -> Math.fma(a, b, c);
                          case Op.FMSUB_D -> Math.fma(a, b, -c);
                          case Op.FNMSUB_D -> Math.fma(-a, b, c);
                          case Op.FNMADD_D -> Math.fma(-a, b, -c);
                          default -> throw new AssertionError(lo);
                        });
                if (Long.compareUnsigned((result & DOUBLE_MAGNITUDE) - DOUBLE_LEAST, DOUBLE_SPAN)
                    >= 0) {
                  break inner;
                }
                f[lo >>> 9 & 31] = result;
              }
              case Predecoder.SINGLE -> {
                long boxes = f[lo >>> 15 & 31] & f[lo >>> 20 & 31] & f[(int) (d >>> 59)];
                if (!floatFast || boxes >>> 32 != 0xffff_ffffL) {
                  break inner;
                }
                float a = Float.intBitsToFloat((int) f[lo >>> 15 & 31]);
                float b = Float.intBitsToFloat((int) f[lo >>> 20 & 31]);
                float c = Float.intBitsToFloat((int) f[(int) (d >>> 59)]);
                int result =
                    Float.floatToRawIntBits(
                        switch (lo & Predecoder.OP_MASK) {
                          case Op.FADD_S -> a + b;
                          case Op.FSUB_S -> a - b;
                          case Op.FMUL_S -> a * b;
                          case Op.FDIV_S -> a / b;
                          case Op.FMADD_S -> Math.fma(a, b, c);
                          case Op.FMSUB_S -> Math.fma(a, b, -c);
                          case Op.FNMSUB_S -> Math.fma(-a, b, c);
                          case Op.FNMADD_S -> Math.fma(-a, b, -c);
                          default -> throw new AssertionError(lo);
                        });
                if (Integer.compareUnsigned((result & SINGLE_MAGNITUDE) - SINGLE_LEAST, SINGLE_SPAN)
                    >= 0) {
                  break inner;
                }
                f[lo >>> 9 & 31] = result | SINGLE_BOX;
              }
              default -> {
                break inner;
              }
            }
            i += lo >>> Predecoder.PARCELS_SHIFT & 3;
          }
          pc = base + 2L * i;
          continue outer;
        }
        // What the loop above does not do itself; d is the instruction at pc.
        pc = base + 2L * i;
        if (d == 0) {
          if (fetch.decode(page, ops, pc) == 0) {
            continue outer;
          }
          continue;
        }
        if (d == Predecoder.NEXT_PIECE) {
          continue outer;
        }
        if (d == Predecoder.BREAKPOINT && hart.stops.stopsAt(pc)) {
          hart.pc = pc;
          return left;
        }
        if (d == Predecoder.CROSSING || d == Predecoder.BREAKPOINT) {
          crossing = true;
          continue outer;
        }
        int outcome = cold.execute(d, pc, left);
        left--;
        if (outcome == Outcome.NEXT) {
          i += Predecoder.parcels(d);
          continue;
        }
        if (outcome != Outcome.REDIRECT && !hart.loop.resolve(outcome, d, pc, left)) {
          return left;
        }
        pc = hart.pc;
        continue outer;
      }
    }
  }
}
