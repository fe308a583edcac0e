using Microsoft.EntityFrameworkCore.Migrations;

#nullable disable

namespace ConsentLedger.Storage.Sqlite.Migrations
{
    /// <inheritdoc />
    public partial class AddPartitions : Migration
    {
        /// <inheritdoc />
        protected override void Up(MigrationBuilder migrationBuilder)
        {

        }

        /// <inheritdoc />
        protected override void Down(MigrationBuilder migrationBuilder)
        {

        }
    }
}
