using System.Globalization;
using Microsoft.ML.Runtime;

namespace Microsoft.ML.Data;

/// <summary>Evaluates scored data against its labels.</summary>
internal static class MulticlassEvaluator
{
    public static MulticlassClassificationMetrics Evaluate(IDataView data, string labelName, string scoreName,
        string predictedLabelName, int topK)
    {
        DataViewSchema schema = data.Schema;
        DataViewSchema.Column label = schema.FindForRole("Label", labelName, "data");
        DataViewSchema.Column score = schema.FindForRole("Score", scoreName, "data");
        schema.FindForRole("PredictedLabel", predictedLabelName, "data");
        if (label.Type is not KeyDataViewType && !NumberDataViewType.Single.Equals(label.Type))
        {
            throw Contracts.ExceptSchemaMismatch("data", "label", labelName, "Single or Key", label.Type.ToString());
        }
        if (score.Type is not VectorDataViewType { Size: >= 2 } scoreType || !NumberDataViewType.Single.Equals(scoreType.ItemType))
        {
            throw Contracts.ExceptSchemaMismatch("data", "score", scoreName, "vector of two or more items of type Single", score.Type.ToString());
        }

        var counts = new MulticlassAccumulator(scoreType.Size, topK);
        using (DataViewRowCursor cursor = data.GetRowCursor([label, score]))
        {
            Func<double> getLabel = LabelGetter(cursor, label);
            ValueGetter<VBuffer<float>> getScores = cursor.GetGetter<VBuffer<float>>(score);
            VBuffer<float> scores = default;
            var dense = new float[scoreType.Size];
            while (cursor.MoveNext())
            {
                double value = getLabel();
                if (!(value >= 0) || value != Math.Floor(value) || double.IsInfinity(value))
                {
                    // Missing, or no class number.
                    continue;
                }
                getScores(ref scores);
                if (scores.Length != dense.Length)
                {
                    throw new InvalidOperationException($"Row {cursor.Position} of column '{scoreName}' has {scores.Length} scores where {dense.Length} were expected.");
                }
                scores.CopyTo(dense);
                if (!AllFinite(dense))
                {
                    continue;
                }
                counts.Add(dense, (long)Math.Min(value, long.MaxValue / 2));
            }
        }

        return new MulticlassClassificationMetrics(counts, ClassNames(score, scoreType.Size));
    }

    /// <summary>The label of the row as a class number from 0; NaN where it is missing.</summary>
    private static Func<double> LabelGetter(DataViewRow row, DataViewSchema.Column label)
    {
        if (label.Type is not KeyDataViewType)
        {
            return Getter<float>(row, label, v => v);
        }
        Type raw = label.Type.RawType;
        if (raw == typeof(byte)) return Getter<byte>(row, label, v => FromKey(v));
        if (raw == typeof(ushort)) return Getter<ushort>(row, label, v => FromKey(v));
        if (raw == typeof(uint)) return Getter<uint>(row, label, v => FromKey(v));
        return Getter<ulong>(row, label, v => FromKey(v));
    }

    private static Func<double> Getter<T>(DataViewRow row, DataViewSchema.Column column, Func<T, double> convert)
    {
        ValueGetter<T> getter = row.GetGetter<T>(column);
        T value = default;
        return () =>
        {
            getter(ref value);
            return convert(value);
        };
    }

    private static double FromKey(ulong key) => key == 0 ? double.NaN : key - 1;

    private static bool AllFinite(float[] values)
    {
        foreach (float value in values)
        {
            if (!float.IsFinite(value))
            {
                return false;
            }
        }
        return true;
    }

    // The slot names of the scores, which a trainer takes from the key values of its label; or, where they are not text
    // and so cannot be slot names, the label values that the trainer left as an annotation; or the class numbers.
    private static string[] ClassNames(DataViewSchema.Column score, int classes)
    {
        foreach (string kind in (string[])[AnnotationUtils.Kinds.SlotNames, AnnotationUtils.Kinds.TrainingLabelValues])
        {
            DataViewSchema.Column? annotation = score.Annotations.Schema.GetColumnOrNull(kind);
            if (annotation?.Type is VectorDataViewType vector && vector.Size == classes
                && DataViewTypeCodec.CanWrite(vector))
            {
                string[] names = AnnotationText.ReadOrNull(score.Annotations, annotation.Value);
                if (names != null && Array.Exists(names, n => n.Length > 0))
                {
                    return names;
                }
            }
        }
        return [.. Enumerable.Range(0, classes).Select(i => i.ToString(CultureInfo.InvariantCulture))];
    }
}
