package atoll.state;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;

class StateFormatTest {
  private static final String MARK = "TEST";
  private static final StateFormat<Engine> FORMAT =
      new StateFormat<>(MARK, Engine.class, 1, List.of());

  enum Fuel {
    PETROL,
    AIR
  }

  sealed interface Part {}

  record Wheel(int teeth) implements Part {
    Wheel {
      if (teeth < 1) {
        throw new IllegalArgumentException("a wheel has a tooth at least, not " + teeth);
      }
    }
  }

  record Belt(List<Double> lengths, float slack) implements Part {}

  @SuppressWarnings("ArrayRecordComponent") // that is what is tested
  record Engine(
      String name,
      Fuel fuel,
      boolean runs,
      byte b,
      short s,
      int i,
      long l,
      char c,
      byte[] image,
      long[] counts,
      List<Part> parts,
      Map<Integer, Long> registers,
      Map<String, List<Part>> spares,
      Optional<Part> spark,
      Value other) {}

  private static Engine engine() {
    return new Engine(
        "Dampfmaschine ½",
        Fuel.AIR,
        true,
        (byte) -1,
        Short.MIN_VALUE,
        Integer.MAX_VALUE,
        Long.MIN_VALUE,
        'ß',
        new byte[] {1, 2, 3},
        new long[] {-1, 0, 1},
        List.of(new Wheel(7), new Belt(List.of(1.5, Double.NEGATIVE_INFINITY), -0.0f)),
        Map.of(5, -5L, 6, -6L),
        Map.of("box", List.of(new Wheel(9))),
        Optional.of(new Wheel(1)),
        Value.of(List.of(Value.of(true))));
  }

  @Test
  void everyKindOfFieldComesBack() {
    Engine before = engine();
    Engine after = FORMAT.decode(FORMAT.encode(before));
    assertThat(after).usingRecursiveComparison().ignoringFields("other").isEqualTo(before);
    assertThat(RecordCodec.fromValue(after.other, boolean[].class)).containsExactly(true);
  }

  @Test
  void equalStatesAreEqualBytes() {
    assertThat(FORMAT.encode(engine()))
        .isEqualTo(FORMAT.encode(FORMAT.decode(FORMAT.encode(engine()))));
  }

  @Test
  void stateThatIsCutOffAnywhereIsRefusedWithThePlace() {
    byte[] all = FORMAT.encode(engine());
    for (int length = MARK.length(); length < all.length; length++) {
      byte[] part = Arrays.copyOf(all, length);
      assertThatThrownBy(() -> FORMAT.decode(part))
          .isInstanceOf(StateException.class)
          .hasMessageMatching("(?s)the saved state, byte \\d+, .+: expected .+, found .+");
    }
  }

  /** Whatever is changed, what comes is a state or a refusal, and never an error. */
  @Test
  void changedBytesAreReadAsAStateOrRefused() {
    byte[] all = FORMAT.encode(engine());
    SplittableRandom random = new SplittableRandom(53);
    int refused = 0;
    for (int i = 0; i < 20_000; i++) {
      byte[] changed = all.clone();
      for (int n = random.nextInt(1, 4); n > 0; n--) {
        changed[random.nextInt(changed.length)] = (byte) random.nextInt();
      }
      try {
        FORMAT.decode(changed);
      } catch (StateException e) {
        refused++;
      }
    }
    assertThat(refused).isGreaterThan(1000);
  }

  @Test
  void lengthsThatNothingIsBehindTakeNoMemory() {
    for (int tag : new int[] {1, 2, 3}) {
      byte[] bytes = bytes(1, tag, 0xff, 0xff, 0xff, 0xff, 0x07);
      assertThatThrownBy(() -> FORMAT.decode(bytes))
          .isInstanceOf(StateException.class)
          .hasMessageContaining("for that is what is left");
    }
  }

  @Test
  void listsInListsEndBeforeTheStackDoes() {
    ByteArrayOutputStream deep = new ByteArrayOutputStream();
    deep.writeBytes(bytes(1));
    for (int i = 0; i < 1_000_000; i++) {
      deep.write(3);
      deep.write(1);
    }
    assertThatThrownBy(() -> FORMAT.decode(deep.toByteArray()))
        .hasMessageContaining("expected records and lists at most 64 deep");
  }

  @Test
  void somethingElseIsNoState() {
    assertThatThrownBy(() -> FORMAT.decode("#!/bin/sh".getBytes(StandardCharsets.US_ASCII)))
        .isInstanceOf(StateException.class)
        .hasMessage("not a saved state: it does not begin with 'TEST'");
  }

  @Test
  void bytesBehindTheEndAreRefused() {
    byte[] all = FORMAT.encode(engine());
    assertThatThrownBy(() -> FORMAT.decode(Arrays.copyOf(all, all.length + 2)))
        .hasMessageContaining("expected the end, found 2 more bytes");
  }

  record Clock(int hour, Optional<Wheel> wheel) {}

  private static Clock clock(Value value) {
    return RecordCodec.fromValue(value, Clock.class);
  }

  private static Value.Fields fields(Clock clock) {
    return (Value.Fields) RecordCodec.toValue(clock);
  }

  @Test
  void aFieldThatIsMissingUnknownOrOfAnotherKindIsNamed() {
    Value.Fields good = fields(new Clock(1, Optional.of(new Wheel(3))));
    assertThatThrownBy(() -> clock(good.without("hour")))
        .hasMessageContaining("hour: expected the field");
    assertThatThrownBy(() -> clock(good.with("minute", Value.of(1))))
        .hasMessageContaining("expected no other fields, found [minute]");
    assertThatThrownBy(() -> clock(good.with("hour", Value.of(List.of()))))
        .hasMessageContaining("hour: expected a number, found a list of 0");
    assertThatThrownBy(() -> clock(good.with("hour", Value.of(1L << 40))))
        .hasMessageContaining("hour: expected a number from -2147483648 to 2147483647");
  }

  @Test
  void whatARecordRefusesIsToldWithItsPlace() {
    Value.Fields zero =
        ((Value.Fields) RecordCodec.toValue(new Wheel(1))).with("teeth", Value.of(0));
    Value.Fields bad =
        fields(new Clock(1, Optional.empty())).with("wheel", Value.of(List.of(zero)));
    assertThatThrownBy(() -> clock(bad))
        .isInstanceOf(StateException.class)
        .hasMessage("the saved state, wheel[0]: a wheel has a tooth at least, not 0");
  }

  @Test
  void anotherRecordOfASealedInterfaceThanItPermitsIsRefused() {
    Value.Fields strange = new Value.Fields("Sail", Map.of(), Value.MADE);
    assertThatThrownBy(() -> RecordCodec.fromValue(strange, Part.class))
        .hasMessageContaining(
            "expected one of the records [StateFormatTest.Wheel, StateFormatTest.Belt], found a record Sail");
  }

  @Test
  void anOlderVersionIsBroughtUpToDateStepByStep() {
    StateFormat.Upgrade minutesToHours =
        older ->
            older
                .without("minutes")
                .with("hour", Value.of(((Value.Whole) older.values().get("minutes")).value() / 60));
    StateFormat.Upgrade wheels = older -> older.with("wheel", Value.of(List.of()));
    var present = new StateFormat<>(MARK, Clock.class, 1, List.of(minutesToHours, wheels));
    assertThat(present.version()).isEqualTo(3);
    // Version 1, a Clock of one field, "minutes", which is 180.
    byte[] first = old("StateFormatTest.Clock", "minutes", 0, 0xe8, 0x02);
    assertThat(present.decode(first)).isEqualTo(new Clock(3, Optional.empty()));
    Clock now = new Clock(4, Optional.of(new Wheel(2)));
    assertThat(present.decode(present.encode(now))).isEqualTo(now);
  }

  @Test
  void aVersionThatIsNotKnownIsRefused() {
    assertThatThrownBy(() -> FORMAT.decode(bytes(9, 0, 0)))
        .isInstanceOf(StateException.class)
        .hasMessage(
            "the saved state has version 9; this Atoll reads versions 1 to 1: use the one that saved it");
  }

  /** A state of version 1, of one record with one field, as its bytes are laid down. */
  private static byte[] old(String record, String field, int... value) {
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    out.writeBytes(bytes(1, 4, 0, record.length()));
    out.writeBytes(record.getBytes(StandardCharsets.US_ASCII));
    out.writeBytes(new byte[] {1, 1, (byte) field.length()});
    out.writeBytes(field.getBytes(StandardCharsets.US_ASCII));
    for (int b : value) {
      out.write(b);
    }
    return out.toByteArray();
  }

  /** The mark, and these. */
  private static byte[] bytes(int... rest) {
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    out.writeBytes(MARK.getBytes(StandardCharsets.US_ASCII));
    for (int b : rest) {
      out.write(b);
    }
    return out.toByteArray();
  }
}
