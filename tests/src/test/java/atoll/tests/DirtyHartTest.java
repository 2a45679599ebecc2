package atoll.tests;

import static org.assertj.core.api.Assertions.assertThat;

import atoll.isa.Cause;
import atoll.isa.CsrNumber;
import atoll.memory.DirtyLog;
import atoll.testkit.MachineFixture;
import atoll.testkit.PageTables;
import atoll.testkit.Trap;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The dirty log has the page of every store of a hart, whatever its form, and no other page. */
class DirtyHartTest extends Translated {
  private static final long VA = 0x4000_0000L;

  /** Another page, which follows the first in virtual addresses only. */
  private static final long OTHER = FRAME + 0x5000;

  private static final long NO_DIRTY = PageTables.ALL & ~PageTables.D;
  private static final long NO_ACCESSED = PageTables.ALL & ~PageTables.A;
  private static final long CBZE = 1L << 7;
  private static final int HOT = 3000;

  private DirtyLog log;

  @BeforeEach
  void mapPages() {
    translate(3);
    tables.map(MachineFixture.RAM, MachineFixture.RAM, PageTables.ALL, 2);
    tables.map(VA, FRAME, PageTables.ALL);
    tables.map(VA + 4096, OTHER, PageTables.ALL);
    m.csr(CsrNumber.MENVCFG, ADUE | CBZE);
    flush();
    log = m.memory().log();
    log.start();
  }

  /** Executes code in S mode; returns the pages that it has written to. */
  private List<Long> dirtied(String source) {
    m.x("a0", VA + 256).x("a1", 0x5a).x("a3", VA + 4092);
    m.code(source + "\n ebreak").enter(S);
    log.collect();
    Trap end = m.runHot();
    assertThat(end.cause()).isEqualTo(Cause.BREAKPOINT);
    return collect();
  }

  private List<Long> collect() {
    List<Long> pages = new ArrayList<>();
    log.collect().forEach(pages::add);
    return pages;
  }

  private static String repeated(String source) {
    return "li t0, " + HOT + "\n 9: " + source + "\n addi t0, t0, -1\n bnez t0, 9b";
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "sb a1, 1(a0)",
        "sh a1, 2(a0)",
        "sw a1, 4(a0)",
        "sd a1, 8(a0)",
        "sw a1, 1(a0)",
        "sd a1, 3(a0)",
        "fsh fa0, 0(a0)",
        "fsw fa0, 0(a0)",
        "fsd fa0, 0(a0)",
        "amoadd.w a2, a1, (a0)",
        "amoswap.d a2, a1, (a0)",
        "amoor.d a2, a1, (a0)",
        "amomaxu.w a2, a1, (a0)",
        "amomin.d a2, a1, (a0)",
        "lr.w a2, (a0)\n sc.w a2, a1, (a0)",
        "lr.d a2, (a0)\n sc.d a2, a1, (a0)",
        "cbo.zero (a0)"
      })
  void everyStoreIsLoggedColdAndCachedAndHot(String store) {
    for (String source : List.of(store, store, repeated(store), store, repeated(store))) {
      assertThat(dirtied(source)).as(source).containsExactly(FRAME);
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"sw a1, 2(a3)", "sd a1, 0(a3)", "fsd fa0, 1(a3)", "fsw fa0, 3(a3)"})
  void aStoreAcrossTwoPagesDirtiesBoth(String store) {
    for (String source : List.of(store, store, repeated(store), store, repeated(store))) {
      assertThat(dirtied(source)).as(source).containsExactly(FRAME, OTHER);
    }
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "ld a2, 0(a0)",
        "fld fa0, 0(a0)",
        "ld a2, 0(a3)",
        "lr.d a2, (a0)",
        "sc.d a2, a1, (a0)",
        "lr.w a2, (a0)\n addi a4, a0, 64\n sc.w a2, a1, (a4)"
      })
  void whatStoresNothingIsNotLogged(String source) {
    for (String each : List.of(source, source, repeated(source))) {
      assertThat(dirtied(each)).as(each).isEmpty();
    }
  }

  @Test
  void aStoreThatFaultsIsNotLogged() {
    m.x("a0", VA + 8192);
    m.code("sd a1, 0(a0)").enter(S);
    log.collect();
    assertThat(m.run().cause()).isEqualTo(Cause.STORE_PAGE_FAULT);
    m.x("a0", VA + 8188);
    m.code("sd a1, 0(a0)").enter(S);
    log.collect();
    assertThat(m.run().cause()).isEqualTo(Cause.STORE_PAGE_FAULT);
    assertThat(collect()).isEmpty();
  }

  @Test
  void aLoadThatSetsTheAccessedBitDirtiesItsTable() {
    tables.map(VA, FRAME, NO_ACCESSED);
    flush();
    assertThat(dirtied("ld a2, 0(a0)")).containsExactly(table());
    assertThat(dirtied("ld a2, 0(a0)")).isEmpty();
  }

  @Test
  void aStoreThatSetsTheDirtyBitDirtiesItsTableToo() {
    tables.map(VA, FRAME, NO_DIRTY);
    flush();
    assertThat(dirtied("ld a2, 0(a0)")).isEmpty();
    assertThat(dirtied("sd a1, 0(a0)")).containsExactly(FRAME, table());
    assertThat(dirtied("sd a1, 0(a0)")).containsExactly(FRAME);
  }

  private long table() {
    return tables.entry(VA, 0) & -4096;
  }

  @Test
  void storesIntoCodeAndIntoTablesAreLogged() {
    m.place(FRAME, "ret");
    for (int round = 0; round < 3; round++) {
      assertThat(dirtied("li t1, " + VA + "\n jalr t1\n sd zero, 0(a0)\n jalr t1"))
          .containsExactly(FRAME);
    }
    m.x("a4", tables.entry(VA + 4096, 0));
    for (int round = 0; round < 40; round++) {
      assertThat(dirtied("ld a5, 0(a4)\n sd a5, 0(a4)\n sd a5, 0(a4)\n sfence.vma\n ld a2, 4(a3)"))
          .containsExactly(table());
    }
  }

  @Test
  void nothingIsLoggedAfterItsEndAndStoresAreAsBefore() {
    log.stop();
    m.x("a0", VA).x("a1", 0x77);
    m.code(repeated("sd a1, 0(a0)") + "\n ebreak").enter(S).runHot();
    assertThat(m.memory().getLong(FRAME)).isEqualTo(0x77);
    log.start();
    assertThat(collect()).isEmpty();
  }
}
