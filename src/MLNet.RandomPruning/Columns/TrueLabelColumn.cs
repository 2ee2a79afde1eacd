using Microsoft.ML;
using Microsoft.ML.Data;

namespace MLNet.RandomPruning.Columns;

/// <summary>
/// The true labels of scored data, of any model: a key, or the class number from 0 on as a Single, as ML.NET's evaluators take them.
/// </summary>
/// <param name="Column">The column.</param>
/// <param name="Scores">The column of scores that the labels belong to.</param>
/// <param name="Labels">What the key stands for; null when it is no key, or has too many values.</param>
internal sealed record TrueLabelColumn(DataViewSchema.Column Column, ScoreColumn Scores, ClassLabels? Labels)
{
    private const string Role = "Label";
    private const ulong MaximumClassCount = 1 << 20;

    /// <summary>Finds and checks the column.</summary>
    /// <exception cref="ArgumentException">There is no such column, it is neither a key nor a Single, or its key stands for other classes than the slots of the scores.</exception>
    public static TrueLabelColumn Find(DataViewSchema schema, string name, ScoreColumn scores)
    {
        var column = schema.Find(Role, name);
        if (column.Type is not KeyDataViewType key)
        {
            return SingleColumn.Is(column.Type) ? new TrueLabelColumn(column, scores, null) : throw Wrong(name, column.Type.ToString()!);
        }

        var labels = key.Count is > 0 and <= MaximumClassCount ? ClassLabels.OfOrNull(column, (int)key.Count) : null;
        CheckOrder(name, scores, labels);
        return new TrueLabelColumn(column, scores, labels);
    }

    /// <summary>Checks what the shape of a schema tells of the column.</summary>
    /// <exception cref="ArgumentException">There is no such column, or it is neither a key nor a Single.</exception>
    public static void Check(SchemaShape schema, string name)
    {
        var column = schema.Find(Role, name);
        bool isScalar = column.Kind == SchemaShape.Column.VectorKind.Scalar;
        if (!isScalar || !(column.IsKey || SingleColumn.Is(column.ItemType)))
        {
            throw Wrong(name, isScalar ? column.ItemType.ToString()! : $"a vector of {column.ItemType}");
        }
    }

    /// <summary>
    /// Opens the column in a row or cursor, in which it must be active; each call gives the current row's class, from 0 on, or −1 when it
    /// has no label, and throws <see cref="InvalidDataException"/> when the label is none of the classes that there are scores of.
    /// </summary>
    public Func<int> Open(DataViewRow row)
    {
        if (Column.Type is KeyDataViewType)
        {
            var read = LabelColumn.Reader(row, Column);
            return () =>
            {
                long label = read();
                return label < Scores.ClassCount ? (int)label : throw Outside(row, label);
            };
        }

        var getter = row.GetGetter<float>(Column);
        float value = 0;
        return () =>
        {
            getter(ref value);
            return float.IsNaN(value) ? -1
                : value >= 0 && value < Scores.ClassCount && value == MathF.Floor(value) ? (int)value
                : throw new InvalidDataException(FormattableString.Invariant(
                    $"Row {row.Position} (counted from 0), column '{Column.Name}': the label is {value}, but with {Scores.ClassCount} scores in column '{Scores.Name}' labels are whole numbers from 0 to {Scores.ClassCount - 1}, or NaN where there is none."));
        };
    }

    private InvalidDataException Outside(DataViewRow row, long label)
    {
        string name = Labels is { HasValues: true } && label < Labels.Count ? $" ('{Labels.Names[(int)label]}')" : "";
        return new InvalidDataException(
            $"Row {row.Position} (counted from 0), column '{Column.Name}': the label is key {label + 1}{name}, but column '{Scores.Name}' has {Scores.ClassCount} scores, those of keys 1 to {Scores.ClassCount}. The model has not seen this class; map labels with the MapValueToKey that was fitted to its training data.");
    }

    /// <summary>
    /// A class of the key that stands at another place among the scores would be counted as another class without a word. Slots of other
    /// names altogether say nothing.
    /// </summary>
    private static void CheckOrder(string name, ScoreColumn scores, ClassLabels? labels)
    {
        if (labels is not { HasValues: true } || scores.ClassNames() is not { } slots)
        {
            return;
        }

        for (int label = 0; label < Math.Min(labels.Count, slots.Length); label++)
        {
            int slot = Array.IndexOf(slots, labels.Names[label]);
            if (labels.Names[label] != slots[label] && slot >= 0)
            {
                throw new ArgumentException(
                    $"Value {label + 1} of the key in label column '{name}' stands for '{labels.Names[label]}', whose score is number {slot + 1} in column '{scores.Name}', not {label + 1}. Map the labels with the MapValueToKey that was fitted to the model's training data.");
            }
        }
    }

    private static ArgumentException Wrong(string name, string found) => new(
        $"Label column '{name}' is {found}, but true labels are a key, or class numbers as Single. Put mlContext.Transforms.Conversion.MapValueToKey(\"{name}\") before it.");
}
