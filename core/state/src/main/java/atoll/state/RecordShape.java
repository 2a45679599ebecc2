package atoll.state;

import java.lang.reflect.Constructor;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.RecordComponent;
import java.util.Arrays;
import java.util.List;

/** How one class of records is taken apart and put together. */
final class RecordShape {
  private static final ClassValue<RecordShape> SHAPES =
      new ClassValue<>() {
        @Override
        protected RecordShape computeValue(Class<?> type) {
          return new RecordShape(type);
        }
      };

  private final List<RecordComponent> components;
  private final Constructor<?> constructor;

  private RecordShape(Class<?> type) {
    components = List.of(type.getRecordComponents());
    try {
      constructor =
          type.getDeclaredConstructor(
              components.stream().map(RecordComponent::getType).toArray(Class<?>[]::new));
    } catch (NoSuchMethodException e) {
      throw new IllegalStateException("a record without its constructor: " + type, e);
    }
    constructor.setAccessible(true);
    components.forEach(component -> component.getAccessor().setAccessible(true));
  }

  static RecordShape of(Class<?> type) {
    return SHAPES.get(type);
  }

  /** What a class is called in a state: with those that it is nested in, without its package. */
  static String name(Class<?> type) {
    return type.getName().substring(type.getPackageName().length() + 1).replace('$', '.');
  }

  /** The fields in their order. */
  List<RecordComponent> components() {
    return components;
  }

  Object get(Object record, RecordComponent component) {
    try {
      return component.getAccessor().invoke(record);
    } catch (IllegalAccessException | InvocationTargetException e) {
      throw new IllegalStateException("the field %s cannot be read".formatted(component), e);
    }
  }

  /**
   * Makes a record.
   *
   * @throws InvocationTargetException with what the record's constructor throws
   */
  Object make(Object[] values) throws InvocationTargetException {
    try {
      return constructor.newInstance(values);
    } catch (InstantiationException | IllegalAccessException e) {
      throw new IllegalStateException(
          "cannot make %s of %s".formatted(constructor, Arrays.toString(values)), e);
    }
  }
}
