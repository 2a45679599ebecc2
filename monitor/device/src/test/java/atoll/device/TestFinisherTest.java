package atoll.device;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

class TestFinisherTest {
  private String asked = "";
  private final TestFinisher finisher =
      new TestFinisher(
          new Finisher() {
            @Override
            public void poweroff(int code) {
              asked += "off " + code + ";";
            }

            @Override
            public void reset() {
              asked += "reset;";
            }
          });

  @Test
  void passFailAndResetAreToldApartAndTheRestIsIgnored() {
    finisher.write(0, 4, 0x5555);
    finisher.write(0, 4, 42 << 16 | 0x3333);
    finisher.write(0, 4, 0xffff_3333L);
    finisher.write(0, 4, 0x7777);
    finisher.write(0, 2, 0x5555);
    finisher.write(0, 4, 0);
    finisher.write(0, 4, 0x1234);
    assertThat(asked).isEqualTo("off 0;off 42;off 65535;reset;off 0;");
  }

  @Test
  void oneRegisterIsDecoded() {
    assertThat(finisher.decodes(0, 4, true)).isTrue();
    assertThat(finisher.decodes(0, 2, true)).isTrue();
    assertThat(finisher.decodes(0, 8, true)).isFalse();
    assertThat(finisher.decodes(4, 4, true)).isFalse();
    assertThat(finisher.read(0, 4)).isZero();
  }
}
