using Microsoft.ML.Data;
using Microsoft.ML.Runtime;

namespace Microsoft.ML.Transforms;

/// <summary>Makes a <see cref="KeyToValueMappingTransformer"/>.</summary>
public sealed class KeyToValueMappingEstimator : TrivialEstimator<KeyToValueMappingTransformer>
{
    private readonly (string outputColumnName, string inputColumnName)[] _columns;

    internal KeyToValueMappingEstimator(IHostEnvironment env, params (string outputColumnName, string inputColumnName)[] columns)
        : base(env.Register(nameof(KeyToValueMappingEstimator)), new KeyToValueMappingTransformer(env, columns))
    {
        _columns = columns;
    }

    /// <summary>The input columns with the value columns.</summary>
    public override SchemaShape GetOutputSchema(SchemaShape inputSchema)
    {
        ArgumentNullException.ThrowIfNull(inputSchema);
        return inputSchema.With(_columns.Select(pair =>
        {
            SchemaShape.Column source = inputSchema.FindForRole("input", pair.inputColumnName);
            if (!source.IsKey)
            {
                throw Contracts.ExceptSchemaMismatch(nameof(inputSchema), "input", pair.inputColumnName, "KeyType", source.GetTypeString());
            }
            if (!source.Annotations.TryFindColumn(AnnotationUtils.Kinds.KeyValues, out SchemaShape.Column values))
            {
                throw new ArgumentOutOfRangeException(nameof(inputSchema), $"Input column '{pair.inputColumnName}' doesn't contain key values metadata. The values come with a column that MapValueToKey made, or with the PredictedLabel of a classifier trained on one.");
            }
            SchemaShape annotations = source.Annotations.TryFindColumn(AnnotationUtils.Kinds.SlotNames, out SchemaShape.Column slotNames)
                ? new SchemaShape([slotNames])
                : null;
            return new SchemaShape.Column(pair.outputColumnName, source.Kind, values.ItemType, values.IsKey, annotations);
        }).ToList());
    }
}
