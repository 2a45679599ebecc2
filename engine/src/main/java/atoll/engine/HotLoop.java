package atoll.engine;

import atoll.host.RawMemory;
import atoll.isa.Op;

/**
 * The interpreter's inner loop: one switch over decoded instructions.
 *
 * <p>Contract. One method below 8,000 bytes of bytecode, which is what HotSpot compiles; locals for
 * everything that is used per instruction; a slow path is a call. A data access compares its TLB
 * tag inline ({@link Tlb} explains the masks); what misses, is misaligned, or is not RAM goes to
 * {@link LoadStoreUnit}, which may leave an event on the hart. Instructions are counted down in
 * {@code left}, which is looked at where a branch is taken or a page is left, so that a slice
 * overruns by one page's straight line at most. {@code bench}'s InterpreterBenchmark measures it.
 */
final class HotLoop implements Engine.Executor {
  private final Hart hart;
  private final LoadStoreUnit memory;
  private final FetchUnit fetch;
  private final ColdUnit cold;

  HotLoop(Hart hart) {
    this.hart = hart;
    memory = hart.memory;
    fetch = new FetchUnit(hart, hart.mmu, hart.guestMemory());
    cold = new ColdUnit(hart);
  }

  @Override
  public int execute(int limit) {
    return limit == 1 ? loop(1, true) : loop(limit, false);
  }

  /**
   * Runs until an event or until {@code left} is used up.
   *
   * @param single take each instruction from a page of its own, so that exactly {@code left} run
   */
  @SuppressWarnings({"IntLongMath", "NarrowCalculation"}) // 32-bit results are meant to wrap
  private int loop(int limit, boolean single) {
    final Hart hart = this.hart;
    final LoadStoreUnit memory = this.memory;
    final long[] x = hart.x;
    int left = limit;
    long pc = hart.pc;
    outer:
    while (true) {
      if (left <= 0) {
        hart.pc = pc;
        return left;
      }
      CodePage page = single ? fetch.single(pc) : fetch.page(pc);
      if (page == null) {
        hart.pc = pc;
        left--;
        hart.notRetired();
        if (!hart.resolve()) {
          return left;
        }
        pc = hart.pc;
        continue;
      }
      long[] ops = page.ops;
      final long base = pc & Tlb.PAGE_MASK;
      final long[] reads = hart.mmu.data.read;
      final long[] writes = hart.mmu.data.write;
      int i = (int) (pc - base) >>> 1;
      long d;
      inner:
      while (true) {
        d = ops[i];
        left--;
        int lo = (int) d;
        switch (lo & Predecoder.OP_MASK) {
          case Op.LUI -> x[lo >>> 9 & 63] = d >> 32;
          case Op.AUIPC -> x[lo >>> 9 & 63] = base + 2L * i + (d >> 32);
          case Op.ADDI -> x[lo >>> 9 & 63] = x[lo >>> 15 & 31] + (d >> 32);
          case Op.SLTI -> x[lo >>> 9 & 63] = x[lo >>> 15 & 31] < d >> 32 ? 1 : 0;
          case Op.SLTIU ->
              x[lo >>> 9 & 63] = Long.compareUnsigned(x[lo >>> 15 & 31], d >> 32) < 0 ? 1 : 0;
          case Op.XORI -> x[lo >>> 9 & 63] = x[lo >>> 15 & 31] ^ d >> 32;
          case Op.ORI -> x[lo >>> 9 & 63] = x[lo >>> 15 & 31] | d >> 32;
          case Op.ANDI -> x[lo >>> 9 & 63] = x[lo >>> 15 & 31] & d >> 32;
          case Op.SLLI -> x[lo >>> 9 & 63] = x[lo >>> 15 & 31] << (d >>> 32);
          case Op.SRLI -> x[lo >>> 9 & 63] = x[lo >>> 15 & 31] >>> (d >>> 32);
          case Op.SRAI -> x[lo >>> 9 & 63] = x[lo >>> 15 & 31] >> (d >>> 32);
          case Op.ADD -> x[lo >>> 9 & 63] = x[lo >>> 15 & 31] + x[lo >>> 20 & 31];
          case Op.SUB -> x[lo >>> 9 & 63] = x[lo >>> 15 & 31] - x[lo >>> 20 & 31];
          case Op.SLL -> x[lo >>> 9 & 63] = x[lo >>> 15 & 31] << x[lo >>> 20 & 31];
          case Op.SLT -> x[lo >>> 9 & 63] = x[lo >>> 15 & 31] < x[lo >>> 20 & 31] ? 1 : 0;
          case Op.SLTU ->
              x[lo >>> 9 & 63] =
                  Long.compareUnsigned(x[lo >>> 15 & 31], x[lo >>> 20 & 31]) < 0 ? 1 : 0;
          case Op.XOR -> x[lo >>> 9 & 63] = x[lo >>> 15 & 31] ^ x[lo >>> 20 & 31];
          case Op.SRL -> x[lo >>> 9 & 63] = x[lo >>> 15 & 31] >>> x[lo >>> 20 & 31];
          case Op.SRA -> x[lo >>> 9 & 63] = x[lo >>> 15 & 31] >> x[lo >>> 20 & 31];
          case Op.OR -> x[lo >>> 9 & 63] = x[lo >>> 15 & 31] | x[lo >>> 20 & 31];
          case Op.AND -> x[lo >>> 9 & 63] = x[lo >>> 15 & 31] & x[lo >>> 20 & 31];
          case Op.ADDIW -> x[lo >>> 9 & 63] = (int) x[lo >>> 15 & 31] + (int) (d >> 32);
          case Op.SLLIW -> x[lo >>> 9 & 63] = (int) x[lo >>> 15 & 31] << (int) (d >> 32);
          case Op.SRLIW -> x[lo >>> 9 & 63] = (int) x[lo >>> 15 & 31] >>> (int) (d >> 32);
          case Op.SRAIW -> x[lo >>> 9 & 63] = (int) x[lo >>> 15 & 31] >> (int) (d >> 32);
          case Op.ADDW -> x[lo >>> 9 & 63] = (int) x[lo >>> 15 & 31] + (int) x[lo >>> 20 & 31];
          case Op.SUBW -> x[lo >>> 9 & 63] = (int) x[lo >>> 15 & 31] - (int) x[lo >>> 20 & 31];
          case Op.SLLW -> x[lo >>> 9 & 63] = (int) x[lo >>> 15 & 31] << (int) x[lo >>> 20 & 31];
          case Op.SRLW -> x[lo >>> 9 & 63] = (int) x[lo >>> 15 & 31] >>> (int) x[lo >>> 20 & 31];
          case Op.SRAW -> x[lo >>> 9 & 63] = (int) x[lo >>> 15 & 31] >> (int) x[lo >>> 20 & 31];
          case Op.MUL -> x[lo >>> 9 & 63] = x[lo >>> 15 & 31] * x[lo >>> 20 & 31];
          case Op.MULW -> x[lo >>> 9 & 63] = (int) x[lo >>> 15 & 31] * (int) x[lo >>> 20 & 31];
          case Op.MULHU ->
              x[lo >>> 9 & 63] = Math.unsignedMultiplyHigh(x[lo >>> 15 & 31], x[lo >>> 20 & 31]);
          case Op.DIV -> x[lo >>> 9 & 63] = Alu.div(x[lo >>> 15 & 31], x[lo >>> 20 & 31]);
          case Op.DIVU -> x[lo >>> 9 & 63] = Alu.divu(x[lo >>> 15 & 31], x[lo >>> 20 & 31]);
          case Op.REM -> x[lo >>> 9 & 63] = Alu.rem(x[lo >>> 15 & 31], x[lo >>> 20 & 31]);
          case Op.REMU -> x[lo >>> 9 & 63] = Alu.remu(x[lo >>> 15 & 31], x[lo >>> 20 & 31]);
          case Op.DIVW -> x[lo >>> 9 & 63] = Alu.divw(x[lo >>> 15 & 31], x[lo >>> 20 & 31]);
          case Op.DIVUW -> x[lo >>> 9 & 63] = Alu.divuw(x[lo >>> 15 & 31], x[lo >>> 20 & 31]);
          case Op.REMW -> x[lo >>> 9 & 63] = Alu.remw(x[lo >>> 15 & 31], x[lo >>> 20 & 31]);
          case Op.REMUW -> x[lo >>> 9 & 63] = Alu.remuw(x[lo >>> 15 & 31], x[lo >>> 20 & 31]);
          case Op.LB -> {
            long va = x[lo >>> 15 & 31] + (d >> 32);
            int slot = (int) (va >>> 11) & Tlb.SLOT_MASK;
            long value;
            if (reads[slot] == (va & -4096L)) {
              value = RawMemory.getByte(va + reads[slot + 1]);
            } else {
              value = (byte) memory.load(va, 1);
              if (hart.event != Hart.NONE) {
                break inner;
              }
            }
            x[lo >>> 9 & 63] = value;
          }
          case Op.LH -> {
            long va = x[lo >>> 15 & 31] + (d >> 32);
            int slot = (int) (va >>> 11) & Tlb.SLOT_MASK;
            long value;
            if (reads[slot] == (va & -4095L)) {
              value = RawMemory.getShort(va + reads[slot + 1]);
            } else {
              value = (short) memory.load(va, 2);
              if (hart.event != Hart.NONE) {
                break inner;
              }
            }
            x[lo >>> 9 & 63] = value;
          }
          case Op.LW -> {
            long va = x[lo >>> 15 & 31] + (d >> 32);
            int slot = (int) (va >>> 11) & Tlb.SLOT_MASK;
            long value;
            if (reads[slot] == (va & -4093L)) {
              value = RawMemory.getInt(va + reads[slot + 1]);
            } else {
              value = (int) memory.load(va, 4);
              if (hart.event != Hart.NONE) {
                break inner;
              }
            }
            x[lo >>> 9 & 63] = value;
          }
          case Op.LD -> {
            long va = x[lo >>> 15 & 31] + (d >> 32);
            int slot = (int) (va >>> 11) & Tlb.SLOT_MASK;
            long value;
            if (reads[slot] == (va & -4089L)) {
              value = RawMemory.getLong(va + reads[slot + 1]);
            } else {
              value = memory.load(va, 8);
              if (hart.event != Hart.NONE) {
                break inner;
              }
            }
            x[lo >>> 9 & 63] = value;
          }
          case Op.LBU -> {
            long va = x[lo >>> 15 & 31] + (d >> 32);
            int slot = (int) (va >>> 11) & Tlb.SLOT_MASK;
            long value;
            if (reads[slot] == (va & -4096L)) {
              value = RawMemory.getByte(va + reads[slot + 1]) & 0xff;
            } else {
              value = memory.load(va, 1);
              if (hart.event != Hart.NONE) {
                break inner;
              }
            }
            x[lo >>> 9 & 63] = value;
          }
          case Op.LHU -> {
            long va = x[lo >>> 15 & 31] + (d >> 32);
            int slot = (int) (va >>> 11) & Tlb.SLOT_MASK;
            long value;
            if (reads[slot] == (va & -4095L)) {
              value = RawMemory.getShort(va + reads[slot + 1]) & 0xffff;
            } else {
              value = memory.load(va, 2);
              if (hart.event != Hart.NONE) {
                break inner;
              }
            }
            x[lo >>> 9 & 63] = value;
          }
          case Op.LWU -> {
            long va = x[lo >>> 15 & 31] + (d >> 32);
            int slot = (int) (va >>> 11) & Tlb.SLOT_MASK;
            long value;
            if (reads[slot] == (va & -4093L)) {
              value = RawMemory.getInt(va + reads[slot + 1]) & 0xffff_ffffL;
            } else {
              value = memory.load(va, 4);
              if (hart.event != Hart.NONE) {
                break inner;
              }
            }
            x[lo >>> 9 & 63] = value;
          }
          case Op.SB -> {
            long va = x[lo >>> 15 & 31] + (d >> 32);
            int slot = (int) (va >>> 11) & Tlb.SLOT_MASK;
            if (writes[slot] == (va & -4096L)) {
              RawMemory.putByte(va + writes[slot + 1], (byte) x[lo >>> 20 & 31]);
            } else {
              memory.store(va, 1, x[lo >>> 20 & 31]);
              if (hart.event != Hart.NONE) {
                break inner;
              }
            }
          }
          case Op.SH -> {
            long va = x[lo >>> 15 & 31] + (d >> 32);
            int slot = (int) (va >>> 11) & Tlb.SLOT_MASK;
            if (writes[slot] == (va & -4095L)) {
              RawMemory.putShort(va + writes[slot + 1], (short) x[lo >>> 20 & 31]);
            } else {
              memory.store(va, 2, x[lo >>> 20 & 31]);
              if (hart.event != Hart.NONE) {
                break inner;
              }
            }
          }
          case Op.SW -> {
            long va = x[lo >>> 15 & 31] + (d >> 32);
            int slot = (int) (va >>> 11) & Tlb.SLOT_MASK;
            if (writes[slot] == (va & -4093L)) {
              RawMemory.putInt(va + writes[slot + 1], (int) x[lo >>> 20 & 31]);
            } else {
              memory.store(va, 4, x[lo >>> 20 & 31]);
              if (hart.event != Hart.NONE) {
                break inner;
              }
            }
          }
          case Op.SD -> {
            long va = x[lo >>> 15 & 31] + (d >> 32);
            int slot = (int) (va >>> 11) & Tlb.SLOT_MASK;
            if (writes[slot] == (va & -4089L)) {
              RawMemory.putLong(va + writes[slot + 1], x[lo >>> 20 & 31]);
            } else {
              memory.store(va, 8, x[lo >>> 20 & 31]);
              if (hart.event != Hart.NONE) {
                break inner;
              }
            }
          }
          case Op.BEQ -> {
            if (x[lo >>> 15 & 31] == x[lo >>> 20 & 31]) {
              int target = i + (int) (d >> 33);
              if ((target & ~(CodePage.PARCELS - 1)) == 0 && left > 0) {
                i = target;
                continue;
              }
              pc = base + 2L * target;
              continue outer;
            }
          }
          case Op.BNE -> {
            if (x[lo >>> 15 & 31] != x[lo >>> 20 & 31]) {
              int target = i + (int) (d >> 33);
              if ((target & ~(CodePage.PARCELS - 1)) == 0 && left > 0) {
                i = target;
                continue;
              }
              pc = base + 2L * target;
              continue outer;
            }
          }
          case Op.BLT -> {
            if (x[lo >>> 15 & 31] < x[lo >>> 20 & 31]) {
              int target = i + (int) (d >> 33);
              if ((target & ~(CodePage.PARCELS - 1)) == 0 && left > 0) {
                i = target;
                continue;
              }
              pc = base + 2L * target;
              continue outer;
            }
          }
          case Op.BGE -> {
            if (x[lo >>> 15 & 31] >= x[lo >>> 20 & 31]) {
              int target = i + (int) (d >> 33);
              if ((target & ~(CodePage.PARCELS - 1)) == 0 && left > 0) {
                i = target;
                continue;
              }
              pc = base + 2L * target;
              continue outer;
            }
          }
          case Op.BLTU -> {
            if (Long.compareUnsigned(x[lo >>> 15 & 31], x[lo >>> 20 & 31]) < 0) {
              int target = i + (int) (d >> 33);
              if ((target & ~(CodePage.PARCELS - 1)) == 0 && left > 0) {
                i = target;
                continue;
              }
              pc = base + 2L * target;
              continue outer;
            }
          }
          case Op.BGEU -> {
            if (Long.compareUnsigned(x[lo >>> 15 & 31], x[lo >>> 20 & 31]) >= 0) {
              int target = i + (int) (d >> 33);
              if ((target & ~(CodePage.PARCELS - 1)) == 0 && left > 0) {
                i = target;
                continue;
              }
              pc = base + 2L * target;
              continue outer;
            }
          }
          case Op.JAL -> {
            int target = i + (int) (d >> 33);
            x[lo >>> 9 & 63] = base + 2L * (i + (lo >>> 25 & 3));
            if ((target & ~(CodePage.PARCELS - 1)) == 0 && left > 0) {
              i = target;
              continue;
            }
            pc = base + 2L * target;
            continue outer;
          }
          case Op.JALR -> {
            long target = x[lo >>> 15 & 31] + (d >> 32) & ~1L;
            x[lo >>> 9 & 63] = base + 2L * (i + (lo >>> 25 & 3));
            if (target - base >>> 12 == 0 && left > 0) {
              i = (int) (target - base) >>> 1;
              continue;
            }
            pc = target;
            continue outer;
          }
          default -> {
            if (d == 0) {
              left++;
              d = fetch.decode(page, i, base + 2L * i);
              if (d == 0) {
                pc = base + 2L * i;
                continue outer;
              }
              continue;
            }
            if ((lo & Predecoder.OP_MASK) >= Predecoder.SPECIAL) {
              left++;
              pc = base + 2L * i;
              if (d == Predecoder.NEXT_PAGE || (page = fetch.single(pc)) == null) {
                if (hart.event == Hart.NONE) {
                  continue outer;
                }
                left--;
                d = 0;
                break inner;
              }
              ops = page.ops;
              continue;
            }
            int outcome = cold.execute(d, base + 2L * i, left + 1);
            if (outcome == ColdUnit.REDIRECT) {
              pc = hart.pc;
              continue outer;
            }
            if (outcome == ColdUnit.LEAVE) {
              return left;
            }
            if (outcome == ColdUnit.EVENT) {
              break inner;
            }
          }
        }
        i += lo >>> 25 & 3;
      }
      hart.pc = base + 2L * i;
      if (hart.event == Hart.MMIO) {
        hart.awaitMmio(d);
        return left;
      }
      hart.notRetired();
      if (!hart.resolve()) {
        return left;
      }
      pc = hart.pc;
    }
  }
}
