using Microsoft.ML;
using Microsoft.ML.Data;
using MLNet.RandomPruning.Columns;

namespace MLNet.RandomPruning.Scoring;

/// <summary>
/// The columns that scoring adds, with the annotations by which ML.NET's evaluators and tools know them; in the output they
/// follow the columns of the input, which keep their places.
/// </summary>
internal static class ScoreSchema
{
    public const string ScoreName = "Score";
    public const string PredictedLabelName = "PredictedLabel";

    public const string ScoreColumnKind = "ScoreColumnKind";
    public const string ScoreValueKind = "ScoreValueKind";

    private const string MulticlassClassification = "MulticlassClassification";
    private const string SlotNames = "SlotNames";
    private const string KeyValues = "KeyValues";

    /// <summary>The schema of scored data, with a column of logits where it has a name.</summary>
    public static DataViewSchema Of(DataViewSchema input, ClassLabels labels, string? logitsName)
    {
        var builder = new DataViewSchema.Builder();
        builder.AddColumns(input);
        builder.AddColumn(PredictedLabelName, new KeyDataViewType(typeof(uint), labels.Count), Annotations("PredictedLabel", labels.AddKeyValues));
        builder.AddColumn(ScoreName, new VectorDataViewType(NumberDataViewType.Single, labels.Count), Annotations("Score", labels.AddSlotNames));
        if (logitsName is not null)
        {
            // Slot names alone: what is marked as a score, evaluators may take for the score.
            var annotations = new DataViewSchema.Annotations.Builder();
            labels.AddSlotNames(annotations);
            builder.AddColumn(logitsName, new VectorDataViewType(NumberDataViewType.Single, labels.Count), annotations.ToAnnotations());
        }

        return builder.ToSchema();
    }

    /// <summary>The shape of the schema of scored data; the columns it adds replace others of the same name.</summary>
    public static SchemaShape Of(SchemaShape input, string labelName, string? logitsName)
    {
        var label = input.First(column => column.Name == labelName);
        var keyValues = label.Annotations.Where(annotation => annotation.Name == KeyValues).ToArray();
        var slotNames = keyValues.Length == 0
            ? []
            : new[] { MLNetInternals.ShapeColumn(SlotNames, SchemaShape.Column.VectorKind.Vector, TextDataViewType.Instance, isKey: false) };
        List<SchemaShape.Column> added =
        [
            MLNetInternals.ShapeColumn(PredictedLabelName, SchemaShape.Column.VectorKind.Scalar, NumberDataViewType.UInt32, isKey: true, [.. Kinds(), .. keyValues]),
            MLNetInternals.ShapeColumn(ScoreName, SchemaShape.Column.VectorKind.Vector, NumberDataViewType.Single, isKey: false, [.. Kinds(), .. slotNames]),
        ];
        if (logitsName is not null)
        {
            added.Add(MLNetInternals.ShapeColumn(logitsName, SchemaShape.Column.VectorKind.Vector, NumberDataViewType.Single, isKey: false, slotNames));
        }

        return new SchemaShape([.. input.Where(column => !added.Exists(other => other.Name == column.Name)), .. added]);
    }

    /// <summary>The annotations that mark a score, in the shape of a schema.</summary>
    public static SchemaShape.Column[] Kinds() =>
    [
        MLNetInternals.ShapeColumn(ScoreColumnKind, SchemaShape.Column.VectorKind.Scalar, TextDataViewType.Instance, isKey: false),
        MLNetInternals.ShapeColumn(ScoreValueKind, SchemaShape.Column.VectorKind.Scalar, TextDataViewType.Instance, isKey: false),
    ];

    /// <summary>Adds the annotations that mark a score, or a predicted label.</summary>
    public static void AddKinds(DataViewSchema.Annotations.Builder annotations, string valueKind)
    {
        annotations.AddPrimitiveValue(ScoreColumnKind, TextDataViewType.Instance, MulticlassClassification.AsMemory());
        annotations.AddPrimitiveValue(ScoreValueKind, TextDataViewType.Instance, valueKind.AsMemory());
    }

    private static DataViewSchema.Annotations Annotations(string valueKind, Action<DataViewSchema.Annotations.Builder> add)
    {
        var builder = new DataViewSchema.Annotations.Builder();
        AddKinds(builder, valueKind);
        add(builder);
        return builder.ToAnnotations();
    }
}
