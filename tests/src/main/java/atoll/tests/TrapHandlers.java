package atoll.tests;

import atoll.isa.Assembler;

/**
 * The guest's fixed part in {@link HotProgram}: trap handlers that step over what has trapped, and
 * the dispatcher that enters the next unit.
 *
 * <p>Whatever goes wrong inside a handler (a unit may have left any translation, any rights behind)
 * traps again from the first four pages, and the unit is given up. A unit ends itself by an {@code
 * ecall} with {@link #DONE} in a7.
 */
final class TrapHandlers {
  static final long ORIGIN = 0x8000_0000L;

  static final long SUPERVISOR = ORIGIN + 0x1000;
  static final long VARIABLES = ORIGIN + 0x3000;

  /** Of {@link #VARIABLES}: the descriptor of the unit that comes next. */
  static final int NEXT = 24;

  /** How often the running unit is still to be repeated. */
  static final int COUNT = 32;

  /** Whether the unit may have changed an entry: translations of it are left in other spaces. */
  static final int CHANGED = 56;

  /** A store to word {@code 8 n} ends interrupt {@code n}. */
  static final long DEVICE = 0x1000_0000L;

  static final long DONE = 0x0d07e;

  private TrapHandlers() {}

  static byte[] code() {
    byte[] code = Assembler.assemble(MACHINE + ".align 12\n" + S_HANDLER + ".align 12\n", ORIGIN);
    if (code.length > VARIABLES - ORIGIN) {
      throw new AssertionError("handlers of %d bytes".formatted(code.length));
    }
    return code;
  }

  /** Where the dispatcher begins, for a hart in M mode that must be brought back by force. */
  static long dispatcher() {
    return ORIGIN + 4;
  }

  private static final String NAMES =
      """
      .equ VARS, 0x%x
      .equ DONE, 0x%x
      .equ DEVICE, 0x%x
      .equ GUESTS, %d
      """
          .formatted(VARIABLES, DONE, DEVICE, HotSpace.GUESTS);

  private static final String MACHINE =
      NAMES
          + """
          j machine
          dispatch:
            la t6, VARS
            ld t0, 24(t6)
            ld t1, 0(t0)
            sd t1, 24(t6)
            li t1, 0x2000
            csrs mstatus, t1
            ld t1, 40(t0)
            csrw fcsr, t1
            ld t1, 8(t0)
            csrw mepc, t1
            li t1, 0xc0007e79aa
            csrc mstatus, t1
            ld t1, 16(t0)
            csrs mstatus, t1
            csrw pmpcfg0, zero
            ld t1, 168(t0)
            csrw pmpaddr0, t1
            ld t1, 176(t0)
            csrw pmpaddr1, t1
            ld t1, 184(t0)
            csrw pmpcfg0, t1
            ld t1, 24(t0)
            csrw satp, t1
            ld t1, 32(t0)
            sd t1, 32(t6)
            ld t1, 48(t0)
            csrw medeleg, t1
            ld t1, 56(t0)
            csrw mideleg, t1
            ld t1, 64(t0)
            csrw mie, t1
            ld t1, 72(t0)
            sd t1, 48(t6)
            ld t1, 80(t0)
            csrw menvcfg, t1
            ld t1, 88(t0)
            sd t1, 40(t6)
            ld t1, 104(t0)
            csrw vsatp, t1
            ld t1, 56(t6)
            beqz t1, 2f
            sd zero, 56(t6)
            sfence.vma
            ld t2, 112(t0)
            li t3, ~(0x3fff << 44)
            and t2, t2, t3
            li t3, GUESTS
          1:
            addi t3, t3, -1
            slli t1, t3, 44
            or t1, t1, t2
            csrw hgatp, t1
            hfence.vvma zero, zero
            bnez t3, 1b
          2:
            ld t1, 112(t0)
            csrw hgatp, t1
            ld t1, 120(t0)
            csrw hedeleg, t1
            ld t1, 128(t0)
            csrw hideleg, t1
            ld t1, 136(t0)
            csrw hvip, t1
            ld t1, 144(t0)
            csrw vsstatus, t1
            ld t1, 152(t0)
            csrw henvcfg, t1
            ld t1, 160(t0)
            csrw hstatus, t1
            ld t1, 96(t0)
            beqz t1, 1f
            sfence.vma
            hfence.vvma zero, zero
            hfence.gvma zero, zero
          1:
            mret

          machine:
            csrw mscratch, t6
            la t6, VARS
            sd t0, 0(t6)
            sd t1, 8(t6)
            sd t2, 16(t6)
            csrr t0, mcause
            bltz t0, interrupted
            csrr t1, mepc
            xor t2, t1, t6
            srli t2, t2, 14
            beqz t2, dispatch
            addi t2, t0, -8
            sltiu t2, t2, 4
            beqz t2, 1f
            li t2, DONE
            beq a7, t2, dispatch
          1:
            li t2, 1
            bleu t0, t2, lost
            li t2, 12
            beq t0, t2, lost
            li t2, 0x20000
            csrs mstatus, t2
            lhu t1, 0(t1)
            csrc mstatus, t2
            andi t1, t1, 3
            addi t1, t1, -3
            seqz t1, t1
            slli t1, t1, 1
            csrr t2, mepc
            add t1, t1, t2
            addi t1, t1, 2
          resume:
            csrw mepc, t1
            ld t1, 40(t6)
            addi t1, t1, -1
            sd t1, 40(t6)
            bltz t1, dispatch
          return:
            ld t0, 0(t6)
            ld t1, 8(t6)
            ld t2, 16(t6)
            csrr t6, mscratch
            mret
          lost:
            ld t1, 48(t6)
            j resume

          interrupted:
            slli t0, t0, 1
            srli t0, t0, 1
            slli t1, t0, 3
            li t2, DEVICE
            add t1, t1, t2
            sw t0, 0(t1)
            addi t0, t0, -11
            beqz t0, dispatch
            j return
          """;

  /**
   * In S mode, and in VS mode of what is delegated further: it reads the trapped instruction of U
   * through SUM. Of what HS mode takes from a guest it cannot read it and gives the unit up.
   */
  private static final String S_HANDLER =
      """
      supervisor:
        csrw sscratch, t6
        la t6, VARS
        sd t0, 64(t6)
        sd t1, 72(t6)
        sd t2, 80(t6)
        csrr t0, scause
        bltz t0, 3f
        csrr t1, sepc
        xor t2, t1, t6
        srli t2, t2, 14
        beqz t2, 4f
        addi t2, t0, -8
        bnez t2, 1f
        li t2, DONE
        beq a7, t2, 4f
      1:
        li t2, 1
        bleu t0, t2, 2f
        li t2, 12
        beq t0, t2, 2f
        csrr t0, sstatus
        li t2, 0x40000
        csrs sstatus, t2
        lhu t1, 0(t1)
        csrw sstatus, t0
        andi t1, t1, 3
        addi t1, t1, -3
        seqz t1, t1
        slli t1, t1, 1
        csrr t2, sepc
        add t1, t1, t2
        addi t1, t1, 2
      5:
        csrw sepc, t1
        ld t1, 40(t6)
        addi t1, t1, -1
        sd t1, 40(t6)
        bltz t1, 4f
      6:
        ld t0, 64(t6)
        ld t1, 72(t6)
        ld t2, 80(t6)
        csrr t6, sscratch
        sret
      2:
        ld t1, 48(t6)
        j 5b
      3:
        slli t0, t0, 1
        srli t0, t0, 1
        slli t1, t0, 3
        li t2, DEVICE
        add t1, t1, t2
        sw t0, 0(t1)
        j 6b
      4:
        li a7, DONE
        ecall
      """;
}
