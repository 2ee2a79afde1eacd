using Microsoft.ML.Runtime;

namespace Microsoft.ML.Data;

/// <summary>The base of transformers that make each of their output columns of one input column.</summary>
public abstract class OneToOneTransformerBase : RowToRowTransformerBase
{
    private protected readonly (string outputColumnName, string inputColumnName)[] ColumnPairs;

    private protected OneToOneTransformerBase(IHost host, params (string outputColumnName, string inputColumnName)[] columns)
        : base(host)
    {
        ArgumentNullException.ThrowIfNull(columns);
        var outputs = new HashSet<string>(StringComparer.Ordinal);
        foreach ((string output, string input) in columns)
        {
            ArgumentException.ThrowIfNullOrEmpty(output, "outputColumnName");
            ArgumentException.ThrowIfNullOrEmpty(input, "inputColumnName");
            if (!outputs.Add(output))
            {
                throw new ArgumentException($"Output column '{output}' specified multiple times", nameof(columns));
            }
        }

        ColumnPairs = columns;
    }

    /// <summary>The index of the input column of each pair, after <see cref="CheckInputColumn"/> has accepted them all.</summary>
    private protected int[] BindInputColumns(DataViewSchema inputSchema)
    {
        var sources = new int[ColumnPairs.Length];
        for (int i = 0; i < sources.Length; i++)
        {
            DataViewSchema.Column? column = inputSchema.GetColumnOrNull(ColumnPairs[i].inputColumnName);
            if (column == null)
            {
                throw Contracts.ExceptSchemaMismatch(nameof(inputSchema), "input", ColumnPairs[i].inputColumnName);
            }

            sources[i] = column.Value.Index;
            CheckInputColumn(inputSchema, i, sources[i]);
        }

        return sources;
    }

    /// <summary>Throws when the type of an input column does not fit.</summary>
    private protected virtual void CheckInputColumn(DataViewSchema inputSchema, int col, int srcCol)
    {
    }

    /// <summary>The base of the mappers of these transformers: it binds the columns and knows what depends on what.</summary>
    private protected abstract class OneToOneMapperBase : IRowMapper
    {
        private readonly OneToOneTransformerBase _parent;

        protected readonly DataViewSchema InputSchema;

        /// <summary>The index of the input column of each output column.</summary>
        protected readonly int[] ColMapNewToOld;

        protected OneToOneMapperBase(OneToOneTransformerBase parent, DataViewSchema inputSchema)
        {
            _parent = parent;
            InputSchema = inputSchema;
            ColMapNewToOld = parent.BindInputColumns(inputSchema);
        }

        public DataViewSchema.DetachedColumn[] GetOutputColumns() => GetOutputColumnsCore();

        public Func<int, bool> GetDependencies(Func<int, bool> activeOutput)
        {
            var active = new bool[InputSchema.Count];
            for (int i = 0; i < ColMapNewToOld.Length; i++)
            {
                if (activeOutput(i))
                {
                    active[ColMapNewToOld[i]] = true;
                }
            }

            return index => active[index];
        }

        public Delegate[] CreateGetters(DataViewRow input, Func<int, bool> activeOutput, out Action disposer)
        {
            var getters = new Delegate[ColMapNewToOld.Length];
            Action all = null;
            for (int i = 0; i < getters.Length; i++)
            {
                if (!activeOutput(i))
                {
                    continue;
                }

                getters[i] = MakeGetter(input, i, activeOutput, out Action own);
                all += own;
            }

            disposer = all;
            return getters;
        }

        public ITransformer GetTransformer() => _parent;

        protected abstract DataViewSchema.DetachedColumn[] GetOutputColumnsCore();

        protected abstract Delegate MakeGetter(DataViewRow input, int iinfo, Func<int, bool> activeOutput, out Action disposer);
    }
}
