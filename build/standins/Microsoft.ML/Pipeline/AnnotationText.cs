using System.Globalization;
using System.Reflection;
using Microsoft.ML.Data;

namespace Microsoft.ML;

/// <summary>Values of annotations and keys as text.</summary>
internal static class AnnotationText
{
    /// <summary>The values of a vector annotation as text; null where they are not of a standard scalar type.</summary>
    public static string[] ReadOrNull(DataViewSchema.Annotations annotations, DataViewSchema.Column annotation)
    {
        if (annotation.Type is not VectorDataViewType vector || ValueCodec.ScalarOrNull(vector.ItemType.RawType) == null)
        {
            return null;
        }
        return (string[])typeof(AnnotationText).GetMethod(nameof(Read), BindingFlags.NonPublic | BindingFlags.Static)
            .MakeGenericMethod(vector.ItemType.RawType)
            .Invoke(null, BindingFlags.DoNotWrapExceptions, null, [annotations, annotation], CultureInfo.InvariantCulture);
    }

    /// <summary>A value as culture-independent text.</summary>
    public static string Of<T>(T value)
        => value is IFormattable formattable ? formattable.ToString(null, CultureInfo.InvariantCulture) : value.ToString();

    private static string[] Read<T>(DataViewSchema.Annotations annotations, DataViewSchema.Column annotation)
    {
        VBuffer<T> values = default;
        annotations.GetGetter<VBuffer<T>>(annotation)(ref values);
        return [.. values.DenseValues().Select(Of)];
    }
}
