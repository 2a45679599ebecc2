package atoll.isa;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

/** Names of CSRs, causes and registers. */
class NamesTest {
  @Test
  void csrsAreKnownByNumberAndByName() {
    assertThat(CsrNumber.MSTATUS).isEqualTo(0x300);
    assertThat(CsrNumber.STIMECMP).isEqualTo(0x14d);
    assertThat(CsrNumber.PMPADDR63).isEqualTo(0x3ef);
    assertThat(CsrNumber.MHPMEVENT31).isEqualTo(0x33f);
    assertThat(CsrNumber.HPMCOUNTER31).isEqualTo(0xc1f);
    assertThat(CsrNumber.SIREG6).isEqualTo(0x157);
    assertThat(CsrNumber.name(0x180)).isEqualTo("satp");
    assertThat(CsrNumber.name(0x3a1)).as("pmpcfg1 is RV32's").isEqualTo("0x3a1");
    assertThat(CsrNumber.number("henvcfg")).isEqualTo(0x60a);
    assertThat(CsrNumber.number("mstatush")).isEqualTo(-1);
  }

  @Test
  void everyCsrNameLeadsBackToItsNumber() {
    for (int number = 0; number < 0x1000; number++) {
      String name = CsrNumber.name(number);
      assertThat(name.startsWith("0x") ? number : CsrNumber.number(name)).isEqualTo(number);
    }
  }

  @Test
  void causesReadAsTheSpecificationNamesThem() {
    assertThat(Cause.name(13)).isEqualTo("load page fault");
    assertThat(Cause.name(Cause.INTERRUPT | 7)).isEqualTo("machine timer");
    assertThat(Cause.name(14)).isEqualTo("exception 14");
    assertThat(Cause.name(Cause.INTERRUPT | 99)).isEqualTo("interrupt 99");
  }

  @Test
  void registersAnswerToBothTheirNames() {
    for (int number = 0; number < 32; number++) {
      assertThat(Register.integer(Register.integer(number))).isEqualTo(number);
      assertThat(Register.integer("x" + number)).isEqualTo(number);
      assertThat(Register.floating(Register.floating(number))).isEqualTo(number);
      assertThat(Register.floating("f" + number)).isEqualTo(number);
    }
    assertThat(Register.integer("fp")).isEqualTo(Register.S0);
    assertThat(Register.FT8).isEqualTo(28);
    assertThat(Register.integer("fa0")).isEqualTo(-1);
  }
}
