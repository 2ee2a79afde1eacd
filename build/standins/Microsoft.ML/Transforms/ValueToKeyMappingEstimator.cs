using Microsoft.ML.Data;
using Microsoft.ML.Runtime;

namespace Microsoft.ML.Transforms;

/// <summary>Learns which values there are, and gives each a key.</summary>
public sealed class ValueToKeyMappingEstimator : IEstimator<ValueToKeyMappingTransformer>
{
    internal const int DefaultMaximumNumberOfKeys = 1000000;

    private readonly IHost _host;
    private readonly (string outputColumnName, string inputColumnName)[] _columns;
    private readonly int _maximumNumberOfKeys;
    private readonly KeyOrdinality _ordinality;
    private readonly bool _asText;
    private readonly IDataView _keyData;

    internal ValueToKeyMappingEstimator(IHostEnvironment env, (string outputColumnName, string inputColumnName)[] columns,
        int maximumNumberOfKeys, KeyOrdinality keyOrdinality, bool addKeyValueAnnotationsAsText, IDataView keyData)
    {
        foreach ((string output, string input) in columns)
        {
            ArgumentException.ThrowIfNullOrEmpty(output, "outputColumnName");
            ArgumentException.ThrowIfNullOrEmpty(input, "inputColumnName");
        }
        if (maximumNumberOfKeys <= 0)
        {
            throw new ArgumentOutOfRangeException(nameof(maximumNumberOfKeys), maximumNumberOfKeys, "The number of keys must be positive.");
        }
        if (keyData != null && keyData.Schema.Count(c => !c.IsHidden) != 1)
        {
            throw new ArgumentOutOfRangeException(nameof(keyData), $"The key data must have exactly one column, the values; it has {keyData.Schema.Count(c => !c.IsHidden)}.");
        }
        _host = env.Register(nameof(ValueToKeyMappingEstimator));
        _columns = columns;
        _maximumNumberOfKeys = maximumNumberOfKeys;
        _ordinality = keyOrdinality;
        _asText = addKeyValueAnnotationsAsText;
        _keyData = keyData;
    }

    /// <summary>In which order keys are numbered.</summary>
    public enum KeyOrdinality : byte
    {
        /// <summary>As the values occur in the data.</summary>
        ByOccurrence = 0,

        /// <summary>As the values sort.</summary>
        ByValue = 1,
    }

    /// <summary>Learns the values of all columns in one pass, or takes them from the key data.</summary>
    public ValueToKeyMappingTransformer Fit(IDataView input)
    {
        ArgumentNullException.ThrowIfNull(input);
        GetOutputSchema(SchemaShape.Create(input.Schema));
        DataViewSchema.Column[] sources = [.. _columns.Select(pair => input.Schema.FindForRole("input", pair.inputColumnName))];
        TermMap[] maps = _keyData == null ? Learn(input, sources) : LearnFromKeyData(sources);
        return new ValueToKeyMappingTransformer(_host, _columns, maps, _asText);
    }

    /// <summary>The input columns with the key columns.</summary>
    public SchemaShape GetOutputSchema(SchemaShape inputSchema)
    {
        ArgumentNullException.ThrowIfNull(inputSchema);
        return inputSchema.With(_columns.Select(pair =>
        {
            SchemaShape.Column source = inputSchema.FindForRole("input", pair.inputColumnName);
            if (!DataViewTypeCodec.CanWrite(source.ItemType))
            {
                throw Contracts.ExceptSchemaMismatch(nameof(inputSchema), "input", pair.inputColumnName, "text, a number, a date, a key, or a vector of these", source.GetTypeString());
            }

            DataViewType valueType = source.ItemType;
            bool valueIsKey = source.IsKey;
            if (source.IsKey && source.Annotations.TryFindColumn(AnnotationUtils.Kinds.KeyValues, out SchemaShape.Column values))
            {
                valueType = values.ItemType;
                valueIsKey = values.IsKey;
            }
            if (_asText)
            {
                valueType = TextDataViewType.Instance;
                valueIsKey = false;
            }
            var annotations = new List<SchemaShape.Column>();
            if (source.Annotations.TryFindColumn(AnnotationUtils.Kinds.SlotNames, out SchemaShape.Column slotNames))
            {
                annotations.Add(slotNames);
            }
            annotations.Add(new SchemaShape.Column(AnnotationUtils.Kinds.KeyValues, SchemaShape.Column.VectorKind.Vector, valueType, valueIsKey));
            return new SchemaShape.Column(pair.outputColumnName, source.Kind, NumberDataViewType.UInt32, true, new SchemaShape(annotations));
        }).ToList());
    }

    private TermMap[] Learn(IDataView data, DataViewSchema.Column[] sources)
    {
        TermMapBuilder[] builders = Array.ConvertAll(sources, s => TermMapBuilder.Create((PrimitiveDataViewType)s.Type.GetItemType(),
            _maximumNumberOfKeys, _ordinality == KeyOrdinality.ByValue));
        Train(data, sources, builders);
        return Array.ConvertAll(builders, b => b.ToMap());
    }

    private TermMap[] LearnFromKeyData(DataViewSchema.Column[] sources)
    {
        DataViewSchema.Column key = _keyData.Schema.First(c => !c.IsHidden);
        DataViewType keyType = key.Type.GetItemType();
        foreach (DataViewSchema.Column source in sources)
        {
            if (!keyType.Equals(source.Type.GetItemType()))
            {
                throw Contracts.ExceptSchemaMismatch("keyData", "key data", key.Name, $"the item type of input column '{source.Name}', {source.Type.GetItemType()}", key.Type.ToString());
            }
        }
        TermMapBuilder builder = TermMapBuilder.Create((PrimitiveDataViewType)keyType, int.MaxValue, _ordinality == KeyOrdinality.ByValue);
        Train(_keyData, [key], [builder]);
        TermMap map = builder.ToMap();
        return Array.ConvertAll(sources, _ => map);
    }

    private static void Train(IDataView data, DataViewSchema.Column[] sources, TermMapBuilder[] builders)
    {
        using DataViewRowCursor cursor = data.GetRowCursor(sources.DistinctBy(s => s.Index));
        Action[] take = [.. sources.Select((source, i) => builders[i].Bind(cursor, source))];
        while (!Array.TrueForAll(builders, b => b.IsFull) && cursor.MoveNext())
        {
            foreach (Action action in take)
            {
                action();
            }
        }
    }
}
