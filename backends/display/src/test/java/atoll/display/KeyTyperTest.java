package atoll.display;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

class KeyTyperTest {
  private static final int SHIFT = 0xffe1;
  private static final int SHIFT_RIGHT = 0xffe2;
  private static final int CONTROL = 0xffe3;

  private final Screen screen = new Screen(ScreenSize.USUAL);
  private final Recorder keys = new Recorder();
  private final Recorder pointer = new Recorder();
  private final KeyTyper typer = new KeyTyper(screen);

  @BeforeEach
  void plug() {
    screen.keyboard(keys);
    screen.pointer(pointer);
  }

  private void type(int symbol) {
    typer.symbol(symbol, true);
    typer.symbol(symbol, false);
  }

  @Test
  void aSignIsTypedWithOrWithoutShiftAsItNeeds() throws InterruptedException {
    type('a');
    type('A');
    type('?');
    assertThat(keys.take(0))
        .containsExactly("+30", "-30", "+42", "+30", "-42", "-30", "+42", "+53", "-42", "-53");
  }

  @Test
  void aShiftThatIsHeldIsUsedOrLetGoForAMoment() throws InterruptedException {
    typer.symbol(SHIFT, true);
    type('A');
    type('/'); // As on keyboards where that is Shift and 7.
    typer.symbol(SHIFT, false);
    assertThat(keys.take(0))
        .containsExactly("+42", "+30", "-30", "-42", "-54", "+53", "+42", "-53", "-42");
    typer.symbol(SHIFT_RIGHT, true);
    type('1');
    assertThat(keys.take(0)).containsExactly("+54", "-42", "-54", "+2", "+54", "-2");
  }

  @Test
  void capsLockOfTheGuestIsTakenIntoAccountForLettersOnly() throws InterruptedException {
    screen.leds(2);
    type('a');
    type('A');
    type('1');
    assertThat(keys.take(0)).containsExactly("+42", "+30", "-42", "-30", "+30", "-30", "+2", "-2");
  }

  @Test
  void keysWithoutSignsAndTheKeypadHaveTheirPlaces() throws InterruptedException {
    for (int symbol : new int[] {0xff0d, 0xff1b, 0xffbe, 0xffc9, 0xffcd, 0xff52, 0xffff, 0xffb5}) {
      type(symbol);
    }
    assertThat(keys.take(0))
        .filteredOn(heard -> heard.startsWith("+"))
        .containsExactly("+28", "+1", "+59", "+88", "+186", "+103", "+111", "+76");
    type(0x0100_0041); // Unicode's A
    assertThat(keys.take(0)).contains("+30");
    type(0xe4); // No such key is on this keyboard.
    type(0x0100_4e2d);
    assertThat(keys.take(0)).isEmpty();
  }

  @Test
  void everySignOfAsciiHasAKey() {
    for (int sign = 0x20; sign < 0x7f; sign++) {
      assertThat(KeyMap.ofSymbol(sign)).as("%c", sign).isPresent();
    }
  }

  @Test
  void codesOfPcKeyboardsAreLinuxesNumbers() throws InterruptedException {
    for (int code : new int[] {1, 0x1e, 0x58, 0x9d, 0xc8, 0xdb, 0x73, 0x54, 0, 0x1ff, -1}) {
      typer.scancode(code, true);
    }
    assertThat(keys.take(0)).containsExactly("+1", "+30", "+88", "+97", "+103", "+125", "+89");
  }

  @Test
  void thePointersPlaceIsScaledToThePictureAndButtonsAreNamed() throws InterruptedException {
    screen.show(101, 51);
    typer.point(50, 50, 0);
    assertThat(pointer.take(0)).containsExactly("@16383,32767");
    typer.point(9_999, 0, 0b111);
    assertThat(pointer.take(0)).containsExactly("@32767,0", "+272", "+274", "+273");
    typer.point(0, 0, 0b010);
    assertThat(pointer.take(0)).containsExactly("@0,0", "-272", "-273");
    typer.point(0, 0, 0b1010);
    typer.point(0, 0, 0b0010);
    typer.point(0, 0, 0b110010);
    assertThat(pointer.take(0)).containsExactly("@0,0", "~1,0", "@0,0", "@0,0", "~-1,-1");
  }

  @Test
  void nothingStaysPressedWhenTheViewerGoes() throws InterruptedException {
    typer.symbol(CONTROL, true);
    typer.symbol('c', true);
    typer.point(0, 0, 1);
    Object ignored = keys.take(0);
    ignored = pointer.take(0);
    typer.release();
    assertThat(keys.take(0)).containsExactlyInAnyOrder("-29", "-46");
    assertThat(pointer.take(0)).containsExactly("-272");
  }
}
