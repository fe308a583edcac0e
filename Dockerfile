FROM mcr.microsoft.com/dotnet/sdk:10.0 AS build
WORKDIR /source
# Packages first: a layer that only a change of versions rebuilds.
COPY global.json Directory.Build.props Directory.Packages.props .editorconfig ./
COPY .config/ .config/
COPY src/ConsentLedger/ConsentLedger.csproj src/ConsentLedger/packages.lock.json src/ConsentLedger/
COPY src/ConsentLedger.TransparencyLog/ConsentLedger.TransparencyLog.csproj src/ConsentLedger.TransparencyLog/packages.lock.json src/ConsentLedger.TransparencyLog/
RUN dotnet restore src/ConsentLedger --locked-mode --use-current-runtime
COPY src/ src/
RUN dotnet publish src/ConsentLedger --no-restore --use-current-runtime --configuration Release --output /app -p:UseAppHost=false && mkdir /data

# No shell and no package manager, but ICU and time zones: the clocks count days in Asia/Seoul.
FROM mcr.microsoft.com/dotnet/aspnet:10.0-noble-chiseled-extra
WORKDIR /app
COPY --from=build /app .
# The embedded store's place, where no PostgreSQL is configured; all else is read-only to the service.
COPY --from=build --chown=$APP_UID:$APP_UID /data data
VOLUME /app/data
USER $APP_UID
EXPOSE 8080
HEALTHCHECK --interval=10s --timeout=5s --start-period=30s --retries=3 CMD ["dotnet", "ConsentLedger.dll", "healthcheck"]
ENTRYPOINT ["dotnet", "ConsentLedger.dll"]
