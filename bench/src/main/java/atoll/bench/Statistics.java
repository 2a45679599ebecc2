package atoll.bench;

import java.util.Arrays;
import java.util.Collection;

/** Medians and geometric means. */
final class Statistics {
  private Statistics() {}

  static double median(Collection<Double> values) {
    double[] v = values.stream().mapToDouble(Double::doubleValue).sorted().toArray();
    if (v.length == 0) {
      return Double.NaN;
    }
    return v.length % 2 == 1 ? v[v.length / 2] : (v[v.length / 2 - 1] + v[v.length / 2]) / 2;
  }

  static double geometricMean(Collection<Double> values) {
    double[] logs = values.stream().mapToDouble(Math::log).toArray();
    return Math.exp(Arrays.stream(logs).average().orElse(Double.NaN));
  }
}
