using Microsoft.ML;
using Microsoft.ML.Data;
using MLNet.RandomPruning.Core.Tests.Evaluation;

namespace MLNet.RandomPruning.Tests.Evaluation;

/// <summary>Scored data made by hand, as it could come from any model.</summary>
internal static class ScoredRows
{
    public sealed class KeyRow
    {
        public float[] Score { get; set; } = [];

        /// <summary>From 1 on; 0 where there is none.</summary>
        public uint Label { get; set; }
    }

    public sealed class NumberRow
    {
        public float[] Score { get; set; } = [];

        public float Label { get; set; }
    }

    public sealed class Unlabelled
    {
        public float[] Score { get; set; } = [];
    }

    public sealed class OneScore
    {
        public float OutOfDistributionScore { get; set; }
    }

    /// <summary>A set of the golden numbers, with keys for labels where it has labels.</summary>
    public static IDataView Golden(MLContext mlContext, string set)
    {
        var (scores, labels, classes) = GoldenNumbers.Set(set);
        float[][] rows = [.. scores.Chunk(classes)];
        return labels.Length == 0 ? Plain(mlContext, rows) : Keyed(mlContext, rows, [.. labels.Select(label => (uint)label + 1)]);
    }

    /// <summary>Rows whose labels are keys with or without values, and whose scores have slot names or not.</summary>
    public static IDataView Keyed(
        MLContext mlContext, float[][] scores, uint[] keys, int? keyCount = null, string[]? keyValues = null, string[]? slotNames = null)
    {
        var definition = Definition(typeof(KeyRow), scores[0].Length);
        definition["Label"].ColumnType = new KeyDataViewType(typeof(uint), keyCount ?? scores[0].Length);
        Annotate(definition["Label"], "KeyValues", keyValues);
        Annotate(definition["Score"], "SlotNames", slotNames);
        return mlContext.Data.LoadFromEnumerable(scores.Zip(keys, (row, key) => new KeyRow { Score = row, Label = key }).ToArray(), definition);
    }

    /// <summary>Rows whose labels are class numbers.</summary>
    public static IDataView Numbered(MLContext mlContext, float[][] scores, float[] labels) => mlContext.Data.LoadFromEnumerable(
        scores.Zip(labels, (row, label) => new NumberRow { Score = row, Label = label }).ToArray(), Definition(typeof(NumberRow), scores[0].Length));

    /// <summary>Rows without labels.</summary>
    public static IDataView Plain(MLContext mlContext, float[][] scores, int? classes = null) => mlContext.Data.LoadFromEnumerable(
        scores.Select(row => new Unlabelled { Score = row }).ToArray(), Definition(typeof(Unlabelled), classes ?? scores[0].Length));

    /// <summary>Rows with one score each.</summary>
    public static IDataView Single(MLContext mlContext, params float[] scores) =>
        mlContext.Data.LoadFromEnumerable(scores.Select(score => new OneScore { OutOfDistributionScore = score }).ToArray());

    private static SchemaDefinition Definition(Type row, int classes)
    {
        var definition = SchemaDefinition.Create(row);
        definition["Score"].ColumnType = new VectorDataViewType(NumberDataViewType.Single, classes);
        return definition;
    }

    private static void Annotate(SchemaDefinition.Column column, string kind, string[]? names)
    {
        if (names is not null)
        {
            var texts = names.Select(name => name.AsMemory()).ToArray();
            column.AddAnnotation(kind, new VBuffer<ReadOnlyMemory<char>>(texts.Length, texts), new VectorDataViewType(TextDataViewType.Instance, texts.Length));
        }
    }
}
