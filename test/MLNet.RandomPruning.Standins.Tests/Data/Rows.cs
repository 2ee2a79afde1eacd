using Microsoft.ML;
using Microsoft.ML.Data;

namespace MLNet.RandomPruning.Standins.Tests;

/// <summary>A row with a column of each sort that the trainers meet.</summary>
public sealed class MixedRow
{
    public float Number { get; set; }

    public string? Text { get; set; }

    [VectorType(3)]
    public float[]? Vector { get; set; }

    /// <summary>Counts from 0 on its way into a view, where keys count from 1.</summary>
    [KeyType(5)]
    public uint Key { get; set; }

    [ColumnName("Renamed")]
    public bool Flag;

    [NoColumn]
    public object? Ignored { get; set; }

    public static MixedRow[] Make(int count) => Enumerable.Range(0, count)
        .Select(i => new MixedRow
        {
            Number = i,
            Text = "row " + i,
            Vector = new[] { i, i + 0.25f, i + 0.5f },
            Key = (uint)(i % 5),
            Flag = i % 2 == 1,
        })
        .ToArray();
}

/// <summary>A row of one number, with a group that numbers share.</summary>
public sealed class NumberRow
{
    public int Value { get; set; }

    public string? Group { get; set; }
}

internal static class RowTools
{
    public static NumberRow[] Numbers(int count)
        => Enumerable.Range(0, count).Select(i => new NumberRow { Value = i, Group = "g" + (i / 7) }).ToArray();

    /// <summary>The column Value of all rows, in order.</summary>
    public static int[] Values(this IDataView data, Random? random = null)
    {
        var values = new List<int>();
        using DataViewRowCursor cursor = data.GetRowCursor(new[] { data.Schema["Value"] }, random);
        ValueGetter<int> getter = cursor.GetGetter<int>(data.Schema["Value"]);
        int value = 0;
        while (cursor.MoveNext())
        {
            getter(ref value);
            values.Add(value);
        }

        return values.ToArray();
    }

    /// <summary>Yields the rows and counts how many have been asked for.</summary>
    public static IEnumerable<NumberRow> Count(this NumberRow[] rows, Action onRow)
    {
        foreach (NumberRow row in rows)
        {
            onRow();
            yield return row;
        }
    }
}
