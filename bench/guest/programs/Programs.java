import java.util.Arrays;
import java.util.HashMap;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.IntStream;

/** Code that the virtual machine compiles while it runs: the compiler itself, collections, streams and arrays. */
final class Programs {
  private static int seed = 1;

  private static int number() {
    seed = seed * 1103515245 + 12345 & 0x7fffffff;
    return seed >>> 8;
  }

  public static void main(String[] args) {
    Map<String, Integer> counts = new HashMap<>();
    for (int i = 0; i < 200000; i++) {
      counts.merge(Integer.toString(number() % 5000, 36), 1, Integer::sum);
    }
    System.out.println(new TreeMap<>(counts).firstEntry() + " " + counts.size());
    int[] values = IntStream.generate(Programs::number).limit(400000).toArray();
    Arrays.sort(values);
    System.out.println(values[0] + " " + values[200000]);
    System.out.println(IntStream.range(0, 300000).mapToLong(i -> Integer.reverse(i) % 1000L * i).filter(x -> x % 3 == 0).sum());
    double[][] a = new double[120][120];
    for (int i = 0; i < 120 * 120; i++) {
      a[i / 120][i % 120] = number() / 1024.0;
    }
    double trace = 0;
    for (int i = 0; i < 120; i++) {
      for (int j = 0; j < 120; j++) {
        for (int k = 0; k < 120; k++) {
          trace += i == j ? a[i][k] * a[k][j] : a[i][k] - a[k][j];
        }
      }
    }
    System.out.println(trace);
  }
}
