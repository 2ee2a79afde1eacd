using Microsoft.ML.Data;
using Microsoft.ML.Runtime;

namespace Microsoft.ML.Transforms;

/// <summary>Makes a <see cref="ColumnConcatenatingTransformer"/>.</summary>
public sealed class ColumnConcatenatingEstimator : IEstimator<ColumnConcatenatingTransformer>
{
    private readonly IHost _host;
    private readonly string _output;
    private readonly string[] _inputs;

    internal ColumnConcatenatingEstimator(IHostEnvironment env, string outputColumnName, params string[] inputColumnNames)
    {
        ArgumentException.ThrowIfNullOrEmpty(outputColumnName);
        ArgumentNullException.ThrowIfNull(inputColumnNames);
        if (Array.Exists(inputColumnNames, string.IsNullOrEmpty))
        {
            throw new ArgumentException("Contained some null or empty items", nameof(inputColumnNames));
        }
        _host = env.Register(nameof(ColumnConcatenatingEstimator));
        _output = outputColumnName;
        _inputs = inputColumnNames.Length > 0 ? [.. inputColumnNames] : [outputColumnName];
    }

    /// <summary>The transformer; nothing is learnt, but the columns are checked.</summary>
    public ColumnConcatenatingTransformer Fit(IDataView input)
    {
        ArgumentNullException.ThrowIfNull(input);
        GetOutputSchema(SchemaShape.Create(input.Schema));
        return new ColumnConcatenatingTransformer(_host, _output, _inputs);
    }

    /// <summary>The input columns with the vector.</summary>
    public SchemaShape GetOutputSchema(SchemaShape inputSchema)
    {
        ArgumentNullException.ThrowIfNull(inputSchema);
        SchemaShape.Column[] sources = [.. _inputs.Select(name => inputSchema.FindForRole("input", name))];
        SchemaShape.Column first = sources[0];
        foreach (SchemaShape.Column source in sources)
        {
            if (!source.ItemType.Equals(first.ItemType) || source.IsKey != first.IsKey)
            {
                throw Contracts.ExceptSchemaMismatch(nameof(inputSchema), "input", source.Name,
                    $"the item type of column '{first.Name}', {first.GetTypeString()}", source.GetTypeString());
            }
            if (source.ItemType is not PrimitiveDataViewType)
            {
                throw Contracts.ExceptSchemaMismatch(nameof(inputSchema), "input", source.Name, "a vector or scalar of a primitive type", source.GetTypeString());
            }
        }

        if (sources.Length == 1 && first.Kind != SchemaShape.Column.VectorKind.Scalar)
        {
            return inputSchema.With([new SchemaShape.Column(_output, first.Kind, first.ItemType, first.IsKey, first.Annotations)]);
        }

        bool variable = sources.Any(s => s.Kind == SchemaShape.Column.VectorKind.VariableVector);
        var annotations = new List<SchemaShape.Column>();
        if (!variable && sources.Any(HasSlotNames))
        {
            annotations.Add(new SchemaShape.Column(AnnotationUtils.Kinds.SlotNames, SchemaShape.Column.VectorKind.Vector, TextDataViewType.Instance, false));
        }
        if (sources.All(s => s.Annotations.TryFindColumn(AnnotationUtils.Kinds.IsNormalized, out _)))
        {
            annotations.Add(new SchemaShape.Column(AnnotationUtils.Kinds.IsNormalized, SchemaShape.Column.VectorKind.Scalar, BooleanDataViewType.Instance, false));
        }
        SchemaShape.Column.VectorKind kind = variable ? SchemaShape.Column.VectorKind.VariableVector : SchemaShape.Column.VectorKind.Vector;
        return inputSchema.With([new SchemaShape.Column(_output, kind, first.ItemType, first.IsKey, new SchemaShape(annotations))]);
    }

    private static bool HasSlotNames(SchemaShape.Column column)
        => column.Kind == SchemaShape.Column.VectorKind.Scalar || column.Annotations.TryFindColumn(AnnotationUtils.Kinds.SlotNames, out _);
}
