package atoll.tests;

import static org.assertj.core.api.Assertions.assertThat;

import atoll.isa.Assembler;
import atoll.isa.Cause;
import atoll.isa.CsrNumber;
import atoll.testkit.PageTables;
import atoll.testkit.Trap;
import java.nio.ByteBuffer;
import java.util.List;
import org.junit.jupiter.api.Test;

/**
 * Loads and stores that lie in two pages, by code that is hot: each part has a translation, rights
 * and faults of its own, and a store that faults has written nothing.
 */
class PageCrossingTest extends HotTranslated {
  /** The virtual address at which the second page begins. */
  private static final long BORDER = 0x1000_1000L;

  /** The same of two pages that are changed while code for the first two is hot. */
  private static final long OTHER = 0x1100_3000L;

  private static final long FIRST = FRAME + 5 * 4096;
  private static final long SECOND = FRAME + 2 * 4096;
  private static final long DEVICE = 0x1000_0000L;
  private static final long READ_ONLY = PageTables.V | PageTables.R | PageTables.A | PageTables.D;

  /** Rounds of a loop after which any engine of the tests has it in its last form. */
  private static final int ROUNDS = 3000;

  /** An access, how many bytes it has, and the register that it loads or stores. */
  private record Access(String name, int size, String register) {
    String at(String address) {
      return "%s %s, 0(%s)".formatted(name, register, address);
    }
  }

  private static final List<Access> LOADS =
      List.of(
          new Access("lh", 2, "a1"),
          new Access("lhu", 2, "a1"),
          new Access("lw", 4, "a1"),
          new Access("lwu", 4, "a1"),
          new Access("ld", 8, "a1"),
          new Access("flw", 4, "fa1"),
          new Access("fld", 8, "fa1"));

  private static final List<Access> STORES =
      List.of(
          new Access("sh", 2, "a1"),
          new Access("sw", 4, "a1"),
          new Access("sd", 8, "a1"),
          new Access("fsw", 4, "fa1"),
          new Access("fsd", 8, "fa1"));

  private static final long VALUE = 0x8192_a3b4_c5d6_e7f8L;

  private void prepareBorder() {
    prepare();
    tables.map(BORDER - 4096, FIRST, ALL);
    tables.map(BORDER, SECOND, ALL);
  }

  /** The eight bytes on either side of the border, in the order of their virtual addresses. */
  private byte[] border() {
    ByteBuffer all = ByteBuffer.allocate(16);
    all.put(m.memory().read(FIRST + 4088, 8)).put(m.memory().read(SECOND, 8));
    return all.array();
  }

  private void border(byte[] bytes) {
    for (int i = 0; i < 8; i++) {
      m.memory().putByte(FIRST + 4088 + i, bytes[i]);
      m.memory().putByte(SECOND + i, bytes[8 + i]);
    }
  }

  private static String loop(String body) {
    return "li s0, %d; 1: %s; addi s0, s0, -1; bnez s0, 1b\n".formatted(ROUNDS, body);
  }

  private static long expected(Access load, byte[] bytes, int from) {
    long v = 0;
    for (int i = 0; i < load.size; i++) {
      v |= (bytes[from + i] & 0xffL) << 8 * i;
    }
    return switch (load.name) {
      case "lh" -> (short) v;
      case "lw" -> (int) v;
      case "flw" -> v | -1L << 32;
      default -> v;
    };
  }

  @Test
  void loadsCombineTheBytesOfBothPages() {
    prepareBorder();
    byte[] bytes = new byte[16];
    for (int i = 0; i < 16; i++) {
      bytes[i] = (byte) (0x80 + 37 * i);
    }
    border(bytes);
    for (Access load : LOADS) {
      for (int first = 1; first < load.size; first++) {
        Trap t = hotInS("li a0, %d\n".formatted(BORDER - first) + loop(load.at("a0")));
        assertThat(t.cause()).isEqualTo(Cause.BREAKPOINT);
        long got = load.register.startsWith("f") ? m.hart().f(11) : m.x("a1");
        assertThat(got)
            .as("%s, %d bytes in the first page", load.name, first)
            .isEqualTo(expected(load, bytes, 8 - first));
      }
    }
  }

  @Test
  void storesWriteTheirBytesInBothPagesAndNoOthers() {
    prepareBorder();
    for (Access store : STORES) {
      for (int first = 1; first < store.size; first++) {
        border(new byte[16]);
        String value = "li a1, %d; fmv.d.x fa1, a1\n".formatted(VALUE);
        Trap t = hotInS(value + "li a0, %d\n".formatted(BORDER - first) + loop(store.at("a0")));
        assertThat(t.cause()).isEqualTo(Cause.BREAKPOINT);
        byte[] wanted = new byte[16];
        for (int i = 0; i < store.size; i++) {
          wanted[8 - first + i] = (byte) (VALUE >>> 8 * i);
        }
        assertThat(border())
            .as("%s, %d bytes in the first page", store.name, first)
            .isEqualTo(wanted);
      }
    }
  }

  @Test
  void aWalkerOverManyPagesFindsEachOfThem() {
    prepare();
    for (int page = 0; page < 16; page++) {
      tables.map(BORDER + page * 4096L, FRAME + (page * 7 & 15) * 4096L, ALL);
    }
    Trap t =
        hotInS(
            """
            li s0, 500; li s1, 0; li a4, 4096
            0: li a0, %d; li s2, 15
            1: sd s1, -3(a0); ld a2, -3(a0); sub s1, a2, s0; sh s1, -1(a0); lhu a3, -1(a0)
            add s1, s1, a3; add a0, a0, a4; addi s2, s2, -1; bnez s2, 1b
            addi s0, s0, -1; bnez s0, 0b
            """
                .formatted(BORDER + 4096));
    assertThat(t.cause()).isEqualTo(Cause.BREAKPOINT);
    long s1 = 0;
    for (long s0 = 500; s0 > 0; s0--) {
      for (int i = 0; i < 15; i++) {
        s1 -= s0;
        s1 += s1 & 0xffff;
      }
    }
    assertThat(m.x("s1")).isEqualTo(s1);
  }

  /** Makes an access hot where both pages are good, then does it once at {@code OTHER - first}. */
  private Trap afterwards(Access access, int first) {
    return hotInS(
        "li a0, %d; li a2, %d; li s1, 2; li a1, %d; fmv.d.x fa1, a1\n"
                .formatted(BORDER - first, OTHER - first, VALUE)
            + "0: "
            + loop(access.at("a0"))
            + "mv a0, a2; addi s1, s1, -1; bnez s1, 0b");
  }

  /** Expects the fault of a part, and that no byte has been written. */
  private void faults(long firstRights, long secondRights, long value, boolean stores, long cause) {
    prepareBorder();
    long low = FRAME + 8 * 4096;
    long high = FRAME + 9 * 4096;
    tables.map(OTHER - 4096, low, firstRights);
    tables.map(OTHER, high, secondRights);
    m.memory().putLong(low + 4088, 1);
    m.memory().putLong(high, 2);
    for (Access access : stores ? STORES : LOADS) {
      Trap t = afterwards(access, 1);
      assertThat(t.cause()).as(access.name).isEqualTo(cause);
      assertThat(t.tval()).as(access.name).isEqualTo(value);
    }
    assertThat(m.memory().getLong(low + 4088)).isEqualTo(1);
    assertThat(m.memory().getLong(high)).isEqualTo(2);
  }

  @Test
  void theFirstPartThatFaultsIsReportedAndNothingWritten() {
    faults(0, ALL, OTHER - 1, false, pageFault(READ));
    faults(ALL, 0, OTHER, false, pageFault(READ));
    faults(0, 0, OTHER - 1, false, pageFault(READ));
    faults(0, ALL, OTHER - 1, true, pageFault(WRITE));
    faults(ALL, 0, OTHER, true, pageFault(WRITE));
    faults(READ_ONLY, ALL, OTHER - 1, true, pageFault(WRITE));
    faults(ALL, READ_ONLY, OTHER, true, pageFault(WRITE));
    faults(READ_ONLY, READ_ONLY, OTHER - 1, true, pageFault(WRITE));
  }

  @Test
  void rightsThatAreTakenAwayAreMissedAfterTheFence() {
    prepareBorder();
    for (Access store : STORES) {
      tables.map(BORDER, SECOND, ALL);
      String source =
          "li a0, %d; li a4, %d; li s1, 2\n".formatted(BORDER - 1, BORDER)
              + "0: "
              + loop(store.at("a0"))
              + "li a2, %d; li a3, %d; sd a3, 0(a2); sfence.vma a4, zero\n"
                  .formatted(tables.entry(BORDER, 0), PageTables.pte(SECOND, READ_ONLY))
              + "addi s1, s1, -1; bnez s1, 0b";
      Trap t = hotInS("sfence.vma\n" + source);
      assertThat(t.cause()).as(store.name).isEqualTo(pageFault(WRITE));
      assertThat(t.tval()).as(store.name).isEqualTo(BORDER);
    }
  }

  @Test
  void aPartOutsideMemoryIsAnAccessFaultAndReachesNoDevice() {
    int[] reached = {0};
    m.device((write, address, size, value) -> {
      reached[0]++;
      return 0;
    });
    for (boolean deviceFirst : new boolean[] {true, false}) {
      prepareBorder();
      long frame = FRAME + 8 * 4096;
      tables.map(OTHER - 4096, deviceFirst ? DEVICE : frame, ALL);
      tables.map(OTHER, deviceFirst ? frame : DEVICE, ALL);
      long value = deviceFirst ? OTHER - 1 : OTHER;
      for (Access load : LOADS) {
        Trap t = afterwards(load, 1);
        assertThat(t.cause()).as(load.name).isEqualTo(accessFault(READ));
        assertThat(t.tval()).as(load.name).isEqualTo(value);
      }
      byte[] before = m.memory().read(frame, 4096);
      for (Access store : STORES) {
        Trap t = afterwards(store, 1);
        assertThat(t.cause()).as(store.name).isEqualTo(accessFault(WRITE));
        assertThat(t.tval()).as(store.name).isEqualTo(value);
      }
      assertThat(m.memory().read(frame, 4096)).isEqualTo(before);
    }
    assertThat(reached[0]).isZero();
  }

  @Test
  void aProtectedWordOfTheSecondPageIsDeniedToItsPartOnly() {
    prepareBorder();
    m.memory().putLong(FIRST + 4088, 1);
    m.memory().putLong(SECOND, 2);
    for (Access store : STORES) {
      m.reset();
      m.csr(CsrNumber.SATP, tables.satp(0));
      m.csr(CsrNumber.PMPADDR0, SECOND >>> 2);
      m.csr(CsrNumber.PMPCFG0, 0x11); // NA4, R
      String good = "li a0, %d\n".formatted(BORDER - store.size);
      String bad = "li a0, %d; %s\n ebreak".formatted(BORDER - 1, store.at("a0"));
      m.code(good + loop(store.at("a0")) + bad);
      m.enter(S);
      Trap t = m.runHot();
      assertThat(t.cause()).as(store.name).isEqualTo(accessFault(WRITE));
      assertThat(t.tval()).as(store.name).isEqualTo(BORDER);
      assertThat(m.memory().getLong(SECOND)).isEqualTo(2);
    }
  }

  @Test
  void aStoreWhoseSecondPartIsCodeChangesWhatIsExecuted() {
    // The low half of what is stored lies in the first page, the high half is the addition.
    codeChanges(BORDER, BORDER - 4, 52);
  }

  @Test
  void aStoreWhoseFirstPartIsCodeChangesWhatIsExecuted() {
    // What is stored begins with the addition's upper half: its immediate.
    codeChanges(BORDER - 8, BORDER - 6, 4);
  }

  /**
   * A function that adds a constant, which a store of eight bytes across the border has changed
   * before each call.
   *
   * @param shift where in the stored bytes the constant begins
   */
  private void codeChanges(long function, long stored, int shift) {
    prepareBorder();
    byte[] code = new byte[16];
    byte[] instructions = Assembler.assemble("addi a1, a1, 0; ret");
    System.arraycopy(instructions, 0, code, (int) (function - BORDER) + 8, instructions.length);
    border(code);
    Trap t =
        hotInS(
            """
            li s0, %d; li a0, %d; li a2, %d; li a1, 0; ld a4, 0(a0)
            1: andi a3, s0, 1023; slli a6, a3, %d; add a6, a6, a4
            sd a6, 0(a0)
            jalr a2
            addi s0, s0, -1; bnez s0, 1b
            """
                .formatted(ROUNDS, stored, function, shift));
    assertThat(t.cause()).isEqualTo(Cause.BREAKPOINT);
    long sum = 0;
    for (long i = ROUNDS; i > 0; i--) {
      sum += i & 1023;
    }
    assertThat(m.x("a1")).isEqualTo(sum);
  }

  @Test
  void aStoreWhoseSecondPartIsAPageTableChangesTheTranslation() {
    prepareBorder();
    long table = 0x1200_0000L;
    m.memory().putLong(tables.entry(table, 1), PageTables.pte(SECOND, PageTables.V));
    Trap t =
        hotInS(
            """
            li s0, %d; li a0, %d; li s2, %d; li s3, %d; li a2, %d; li s1, 0
            1: andi a3, s0, 1; neg a3, a3; xor a4, s2, s3; and a4, a4, a3; xor a4, a4, s2
            slli a5, a4, 32; sd a5, -4(a0)
            sfence.vma a2, zero
            ld a6, 8(a2); add s1, s1, a6
            addi s0, s0, -1; bnez s0, 1b
            """
                .formatted(
                    ROUNDS,
                    BORDER,
                    PageTables.pte(FRAME + 6 * 4096, ALL),
                    PageTables.pte(FRAME + 7 * 4096, ALL),
                    table));
    assertThat(t.cause()).isEqualTo(Cause.BREAKPOINT);
    assertThat(m.x("s1")).isEqualTo(ROUNDS / 2 * (0x1006L + 0x1007L));
  }

  @Test
  void aStoreAcrossTheEndOfTheAddressSpaceGoesOnAtZero() {
    prepare();
    tables.map(-4096, FIRST, ALL);
    tables.map(0, SECOND, ALL);
    border(new byte[16]);
    Trap t = hotInS("li a1, %d\n".formatted(VALUE) + loop("sd a1, -3(zero)"));
    assertThat(t.cause()).isEqualTo(Cause.BREAKPOINT);
    assertThat(m.memory().getLong(FIRST + 4088)).isEqualTo(VALUE << 40);
    assertThat(m.memory().getLong(SECOND)).isEqualTo(VALUE >>> 24);
  }

  @Test
  void atomicsAcrossTwoPagesAreMisaligned() {
    prepareBorder();
    for (String atomic : new String[] {"amoadd.d a1, a2, (a0)", "sc.w a1, a2, (a0)"}) {
      Trap t = hotInS("li a0, %d\n".formatted(BORDER) + loop(atomic) + "addi a0, a0, -2;" + atomic);
      assertThat(t.cause()).as(atomic).isEqualTo(Cause.STORE_MISALIGNED);
      assertThat(t.tval()).isEqualTo(BORDER - 2);
    }
    Trap t = hotInS("li a0, %d; lr.w a1, (a0)".formatted(BORDER - 2));
    assertThat(t.cause()).isEqualTo(Cause.LOAD_MISALIGNED);
  }
}
