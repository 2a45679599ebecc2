package atoll.tests;

import static org.assertj.core.api.Assertions.assertThat;

import atoll.isa.Cause;
import atoll.isa.CsrNumber;
import atoll.testkit.MachineFixture;
import atoll.testkit.PageTables;
import atoll.testkit.Trap;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;

/** Hot code of a kernel that maps pages of its own half anew, fences each, and uses them. */
class KernelFenceTest extends HotTranslated {
  private static final long KERNEL = 0xffff_ffd0_0000_0000L;

  /** Pages that share an entry of a TLB are a multiple of this apart, at most. */
  private static final long SAME_ENTRY = 1L << 26;

  /** As far apart, pages take turns in the places where it is kept which there are. */
  private static final long SAME_PLACE = (1L << 22) + 4096;

  private static final long SUPERPAGE = KERNEL + (1L << 31);
  private static final long SUPERPAGE_BYTES = 1L << 21;
  private static final long OTHER_FRAME = FRAME + SUPERPAGE_BYTES;
  private static final long TVM = 1L << 20;

  private static final int FRAMES = 8;
  private static final int STEPS = 3000;
  private static final int STEP_BYTES = 64;
  private static final long SCRIPT = MachineFixture.DATA + 0x20000;

  /** The pages: some of each kind; and for each the frame that it has now. */
  private static final long[] PAGES = pages();

  private final int[] frame = new int[PAGES.length];
  private final SplittableRandom random = new SplittableRandom(11);
  private long sum;

  private static long[] pages() {
    long[] pages = new long[22];
    for (int i = 0; i < 4; i++) {
      pages[i] = KERNEL + i * 4096L;
      pages[4 + i] = KERNEL + (i + 1) * SAME_ENTRY;
      pages[8 + i] = KERNEL + 0x100_0000 + i * SAME_PLACE;
      pages[12 + i] = KERNEL + 0x20_0000 + i * 4096L; // for user code
      pages[16 + i] = 0x1000_0000L + i * SAME_ENTRY;
    }
    pages[20] = -4096; // the last page of all
    pages[21] = SUPERPAGE + (FRAME & SUPERPAGE_BYTES - 1);
    return pages;
  }

  private static boolean isSuperpage(int page) {
    return page == 21;
  }

  private static long status(int page) {
    return page >> 2 == 3 ? SUM : 0;
  }

  private long entry(int page) {
    return tables.entry(PAGES[page], isSuperpage(page) ? 1 : 0);
  }

  private long mapping(int page) {
    if (isSuperpage(page)) {
      long base = FRAME & -SUPERPAGE_BYTES;
      return PageTables.pte(base + frame[page] * (OTHER_FRAME - FRAME), ALL);
    }
    long bits = status(page) != 0 ? ALL & ~PageTables.X | PageTables.U : ALL;
    return PageTables.pte(FRAME + frame[page] * 4096L, bits);
  }

  private long marker(int page) {
    return isSuperpage(page) && frame[page] == 1 ? 0x1009 : 0x1000 + frame[page];
  }

  /** A step: a page is mapped anew and fenced; it and another are read; some are called. */
  private void writeStep(long at) {
    int page = random.nextInt(PAGES.length);
    int other = random.nextInt(PAGES.length);
    frame[page] = random.nextInt(isSuperpage(page) ? 2 : FRAMES);
    boolean call = status(page) == 0 && random.nextInt(8) == 0;
    long fenced =
        isSuperpage(page)
            ? SUPERPAGE + random.nextLong(SUPERPAGE_BYTES)
            : PAGES[page] + random.nextInt(4096);
    long[] words = {
      entry(page),
      mapping(page),
      fenced,
      PAGES[page],
      status(page),
      PAGES[other],
      status(other),
      call ? PAGES[page] : FRAME + 4096 * FRAMES
    };
    for (int i = 0; i < words.length; i++) {
      m.memory().putLong(at + 8L * i, words[i]);
    }
    int called = call ? (int) marker(page) & 0xff : 0;
    sum = 5 * (5 * sum + marker(page)) + marker(other) + called;
  }

  private static final String STEP =
      """
      ld a0, 0(s0); ld a1, 8(s0); ld a2, 16(s0); ld a3, 24(s0); ld a4, 32(s0)
      ld a5, 40(s0); ld a6, 48(s0); ld a7, 56(s0)
      sd a1, 0(a0); sfence.vma a2
      csrs sstatus, a4; ld t1, 8(a3); sd t1, 24(a3); csrc sstatus, a4
      slli t0, s1, 2; add s1, s1, t0; add s1, s1, t1
      csrs sstatus, a6; ld t1, 8(a5); csrc sstatus, a6
      slli t0, s1, 2; add s1, s1, t0; add s1, s1, t1
      addi a7, a7, 32; jalr a7
      addi s0, s0, 64; bne s0, s2, 1b
      """;

  /** Runs in the S mode of a kernel, which is called by {@code ecall}, to the first trap. */
  private Trap hotInKernel(String source) {
    m.reset();
    m.csr(CsrNumber.SATP, tables.satp(0));
    m.csr(CsrNumber.MEDELEG, 1 << Cause.ECALL_U);
    m.code(source + "\n ebreak");
    m.enter(S);
    return m.runHot();
  }

  private void writeFrame(long at, int number) {
    m.memory().putLong(at + 8, 0x1000 + number);
    m.place(at + 32, "addi s1, s1, %d; ret".formatted(number));
  }

  @Test
  void aFencedPageIsWhatItsTablesSayAndAllOthersStayAsTheyAre() {
    prepare();
    for (int i = 0; i < FRAMES; i++) {
      writeFrame(FRAME + i * 4096L, i);
    }
    writeFrame(OTHER_FRAME, 9);
    m.place(FRAME + FRAMES * 4096 + 32, "ret");
    for (int page = 0; page < PAGES.length; page++) {
      m.memory().putLong(entry(page), mapping(page));
    }
    for (long at = FRAME + FRAMES * 4096; at < SCRIPT + STEPS * STEP_BYTES; at += 4096) {
      same(at);
    }
    for (int i = 0; i < STEPS; i++) {
      writeStep(SCRIPT + (long) i * STEP_BYTES);
    }
    Trap t =
        hotInKernel(
            "li s0, %d; li s1, 0; li s2, %d\n1:\n".formatted(SCRIPT, SCRIPT + STEPS * STEP_BYTES)
                + STEP);
    assertThat(t.cause()).isEqualTo(Cause.BREAKPOINT);
    assertThat(m.x("s1")).isEqualTo(sum);
  }

  @Test
  void aHotFenceIsIllegalWhereTvmIsSet() {
    prepare();
    tables.map(KERNEL, FRAME, ALL);
    Trap t =
        hotInKernel(
            "li s1, %d; li s0, 2000\n1: sfence.vma s1; addi s0, s0, -1; bnez s0, 1b"
                .formatted(KERNEL));
    assertThat(t.cause()).isEqualTo(Cause.BREAKPOINT);
    setStatus(TVM);
    m.hart().pc(MachineFixture.CODE);
    m.enter(S);
    assertThat(m.runHot().cause()).isEqualTo(Cause.ILLEGAL_INSTRUCTION);
  }
}
