package atoll.host;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

class LatencyHistogramTest {
  private final LatencyHistogram histogram = new LatencyHistogram();

  @Test
  void everyValueIsKnownToAnEighth() {
    for (int shift = 0; shift < 63; shift++) {
      for (long value : new long[] {1L << shift, (1L << shift) + (1L << shift >> 1)}) {
        LatencyHistogram one = new LatencyHistogram();
        one.record(value);
        one.record(Long.MAX_VALUE);
        long known = one.snapshot().percentile(0.5);
        assertThat(known).isBetween(value, value + value / 8);
      }
    }
  }

  @Test
  void percentilesCountFromTheShortest() {
    for (int i = 1; i <= 1000; i++) {
      histogram.record(i * 1_000L);
    }
    LatencyHistogram.Snapshot snapshot = histogram.snapshot();
    assertThat(snapshot.total()).isEqualTo(1000);
    assertThat(snapshot.percentile(0.5)).isBetween(500_000L, 563_000L);
    assertThat(snapshot.percentile(0.999)).isBetween(999_000L, 1_000_000L);
    assertThat(snapshot.percentile(1)).isEqualTo(1_000_000L);
    assertThat(snapshot.greatest()).isEqualTo(1_000_000L);
  }

  @Test
  void nothingRecordedIsZeroAndNegativeTimesCountAsZero() {
    assertThat(histogram.snapshot().percentile(0.99)).isZero();
    histogram.record(-5);
    assertThat(histogram.snapshot().percentile(0.99)).isZero();
    assertThat(histogram.snapshot().total()).isEqualTo(1);
  }

  @Test
  void bucketsFollowEachOtherWithoutGaps() {
    for (int bucket = 1; bucket < histogram.snapshot().counts().size(); bucket++) {
      LatencyHistogram one = new LatencyHistogram();
      one.record(LatencyHistogram.bound(bucket - 1) + 1);
      one.record(LatencyHistogram.bound(bucket));
      assertThat(one.snapshot().counts().get(bucket)).isEqualTo(2);
    }
  }
}
